// IndexSum: what an index says, in a few numbers: two indexes that hold the same entries, in whatever order they are added, have the same
// sum, and others the same one with odds of 2^-128. So an index can be compared with the events it stands for without looking up one entry.
// A key that is drawn anew for each comparison keeps those odds for any content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/event_log.h"
#include "engine/store/event_set.h"
#include "engine/store/keys.h"
#include "events/id.h"

namespace skilltrail::store {

class IndexSum {
 public:
  explicit IndexSum(uint64_t key) : key_(key) {}

  static uint64_t HashOf(std::string_view prefix) { return std::hash<std::string_view>{}(prefix); }
  // One entry: a stream, by the hash of its prefix, and which events of a block are in it.
  void Add(uint64_t stream, Seq block, const EventSet& events) {
    uint64_t mixed = Mix(stream ^ key_, block);
    for (uint64_t word : events.words()) mixed = Mix(mixed ^ word, key_ | 1);
    low_ += mixed;
    high_ += Mix(mixed, ~key_);
    ++entries_;
  }
  void Add(const IndexSum& other) {
    low_ += other.low_;
    high_ += other.high_;
    entries_ += other.entries_;
  }
  uint64_t entries() const { return entries_; }
  bool operator==(const IndexSum&) const = default;

 private:
  static uint64_t Mix(uint64_t a, uint64_t b) {
    a = (a ^ (a >> 32) ^ b) * 0x9e3779b97f4a7c15u;
    a = (a ^ (a >> 29)) * 0xbf58476d1ce4e5b9u;
    return a ^ (a >> 32) ^ (b << 1);
  }

  uint64_t key_;
  uint64_t low_ = 0;
  uint64_t high_ = 0;
  uint64_t entries_ = 0;
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

// The entries that one block's events ask for. One object is used for block after block, so that nothing is allocated an event.
class BlockStreams {
 public:
  BlockStreams() : slots_(kSlots) {}
  // The event at that place of the block stands in the stream.
  void Add(uint64_t stream, size_t place) {
    if (used_.size() * 2 >= slots_.size()) Grow();
    Put(stream).Add(place);
  }
  // Adds them all to the sum, and is empty again.
  void MoveTo(IndexSum& sum, Seq block) {
    for (const size_t at : used_) {
      sum.Add(slots_[at].stream, block, slots_[at].events);
      slots_[at] = {};
    }
    used_.clear();
  }

 private:
  static constexpr size_t kSlots = 1024;  // a power of two
  struct Slot {
    uint64_t stream = 0;
    EventSet events;
    bool used = false;
  };

  EventSet& Put(uint64_t stream) {
    size_t at = stream & (slots_.size() - 1);
    while (slots_[at].used && slots_[at].stream != stream) at = (at + 1) & (slots_.size() - 1);
    if (!slots_[at].used) {
      slots_[at].stream = stream;
      slots_[at].used = true;
      used_.push_back(at);
    }
    return slots_[at].events;
  }
  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    used_.clear();
    for (const Slot& slot : old)
      if (slot.used) Put(slot.stream) = slot.events;
  }

  std::vector<Slot> slots_;
  std::vector<size_t> used_;  // places of the taken slots
};

}  // namespace skilltrail::store
