// IndexSum: what an index says, in a few numbers: two indexes that put the same events into the same streams, in whatever order they are
// added, have the same sum, and others the same one with odds of 2^-128. So an index can be compared with the events it stands for without
// looking up one entry. A key that is drawn anew for each comparison keeps those odds for any content.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/store/event_log.h"
#include "engine/store/event_set.h"
#include "engine/store/keys.h"
#include "events/id.h"

namespace skilltrail::store {

class IndexSum {
 public:
  explicit IndexSum(uint64_t key) : key_(key) {}

  static uint64_t HashOf(std::string_view prefix) { return std::hash<std::string_view>{}(prefix); }
  // An event is in a stream, which is named by the hash of its prefix: the one at that place of the block that begins there. Each once.
  void Add(uint64_t stream, Seq block, size_t place) { AddPlace(Mix(stream ^ key_, block), place); }
  // All that one entry says.
  void Add(uint64_t stream, Seq block, const EventSet& events) {
    const uint64_t entry = Mix(stream ^ key_, block);
    for (size_t word = 0; word < events.words().size(); ++word) {
      for (uint64_t bits = events.words()[word]; bits != 0; bits &= bits - 1) {
        AddPlace(entry, word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }
  // There is an entry that cannot be read: the sum is equal to none.
  void Break() { broken_ = true; }
  void Add(const IndexSum& other) {
    low_ += other.low_;
    high_ += other.high_;
    broken_ = broken_ || other.broken_;
  }
  bool operator==(const IndexSum& other) const { return !broken_ && !other.broken_ && low_ == other.low_ && high_ == other.high_; }

 private:
  void AddPlace(uint64_t entry, size_t place) {
    const uint64_t mixed = Mix(entry, place);
    low_ += mixed;
    high_ += Mix(mixed, ~key_);
  }
  static uint64_t Mix(uint64_t a, uint64_t b) {
    a = (a ^ (a >> 32) ^ b) * 0x9e3779b97f4a7c15u;
    a = (a ^ (a >> 29)) * 0xbf58476d1ce4e5b9u;
    return a ^ (a >> 32) ^ (b << 1);
  }

  uint64_t key_;
  uint64_t low_ = 0;
  uint64_t high_ = 0;
  bool broken_ = false;
};

// IndexSum::HashOf of streams' prefixes. Most streams of an event are those of the event before it, so the last of each kind is remembered.
class StreamHashes {
 public:
  uint64_t Of(StreamKind kind, std::string_view key) {
    Last& last = last_[static_cast<size_t>(kind)];
    if (last.key != key || last.hash == 0) {
      last.key = key;
      IndexPrefix(prefix_, static_cast<uint8_t>(kind), key);
      last.hash = IndexSum::HashOf(prefix_);
    }
    return last.hash;
  }

 private:
  struct Last {
    std::string key;
    uint64_t hash = 0;
  };
  std::array<Last, static_cast<size_t>(StreamKind::kIdempotency) + 1> last_;
  std::string prefix_;
};

}  // namespace skilltrail::store
