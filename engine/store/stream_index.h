// StreamIndex: what the family `index` says of sealed blocks: in which of them a stream has events, and which.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/event_log.h"
#include "engine/store/event_set.h"

namespace skilltrail::store {

class StreamIndex {
 public:
  StreamIndex(const Database& database, uint32_t block_events) : database_(database), block_events_(block_events) {}

  // The stream's last sequence at or before `through`; 0 if none.
  Result<Seq> LastOf(std::string_view prefix, Seq through) const;
  // Adds all keys of the kind.
  Status AddKeys(StreamKind kind, std::set<std::string>& keys) const;

 private:
  const Database& database_;
  uint32_t block_events_;
};

// One stream's entries in order of their blocks.
class StreamWalk {
 public:
  StreamWalk(const Database& database, std::string_view prefix, bool newest_first)
      : cursor_(database.Look(Family::kIndex)), prefix_(prefix), newest_first_(newest_first) {}
  // The first entry is that of `block` or the next one in the walk's direction.
  Status Start(Seq block);
  Status Next();
  bool valid() const { return valid_; }
  Seq block() const { return block_; }
  const EventSet& events() const { return events_; }

 private:
  Status Take();

  Cursor cursor_;
  std::string prefix_;
  bool newest_first_;
  bool valid_ = false;
  Seq block_ = 0;
  EventSet events_;
};

}  // namespace skilltrail::store
