// Segment: events that stand together in one value of `tail` or `log`, with their positions. One object is parsed into again and again, so
// that a scan allocates nothing an event.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::store {

class Segment {
 public:
  // Empties it; the next event added will be `first`, and `before` is the chain hash up to there.
  void Start(Seq first, const Digest& before);
  // `after` is the chain hash that includes this event.
  void Add(std::span<const uint8_t> bytes, Micros logged_at, const Digest& after);
  // All events of another segment, which must begin where this one ends.
  void Add(const Segment& next);

  Seq first() const { return first_; }
  Seq last() const { return first_ + sizes_.size() - 1; }  // first - 1 if it is empty
  size_t size() const { return sizes_.size(); }
  const Digest& before() const { return before_; }
  const Digest& after() const { return after_; }
  Micros logged_at(size_t index) const { return logged_at_[index]; }
  // Aligned to 8.
  std::span<const uint8_t> bytes(size_t index) const { return {Base() + offsets_[index], sizes_[index]}; }

  // The value that holds the events from `index` on; `before` is the chain hash up to that event. See keys.h.
  std::string Encode(size_t index, const Digest& before) const;
  std::string Encode() const { return Encode(0, before_); }
  // Replaces what is held. kCorrupt naming the sequences if `value` is not a whole segment; then it is empty.
  Status Parse(Seq first, std::string_view value);

 private:
  const uint8_t* Base() const { return reinterpret_cast<const uint8_t*>(words_.data()); }
  bool ParseTable(std::string_view value, size_t& events_at);
  uint8_t* Reserve(size_t bytes);

  Seq first_ = 1;
  Digest before_;
  Digest after_;
  std::vector<uint64_t> words_;  // the events, each at a multiple of 8; only the first used_ bytes count
  size_t used_ = 0;
  std::vector<size_t> offsets_;
  std::vector<uint32_t> sizes_;
  std::vector<Micros> logged_at_;
};

}  // namespace skilltrail::store
