// OpenBlock: the block that is being filled: its events, and what the index will say of them once it is sealed. It is the part of the log
// that no index on disk covers.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "engine/store/event_set.h"
#include "engine/store/segment.h"
#include "engine/store/streams.h"

namespace skilltrail::store {

class OpenBlock {
 public:
  using Index = std::map<std::string, EventSet, std::less<>>;  // by index prefix

  void Start(Seq first, const Digest& before);
  void Add(std::span<const uint8_t> bytes, Micros logged_at, const Digest& after);
  void Add(const Segment& next);

  const Segment& events() const { return events_; }
  const Index& index() const { return index_; }
  // Which of its events are in the stream; empty if none.
  EventSet Find(std::string_view prefix) const;
  // The stream's last sequence here at or before `through`; 0 if none.
  Seq LastOf(std::string_view prefix, Seq through) const;

 private:
  void IndexEvent(size_t place);

  Segment events_;
  Index index_;
  StreamScratch scratch_;
};

}  // namespace skilltrail::store
