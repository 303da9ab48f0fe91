// PlaceIndex: where the things of an append-only list stand, by the hash of their name. Flat and small, so that the index of 10,000
// artifacts stays in the processor's nearest caches while a fold streams a log past it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace skilltrail::projections {

class PlaceIndex {
 public:
  static uint32_t HashOf(std::string_view name) {
    const uint64_t hash = std::hash<std::string_view>{}(name);
    return static_cast<uint32_t>(hash ^ hash >> 32);
  }

  // The first place given under that hash for which is_it(place) holds; nothing if there is none.
  template <class IsIt>
  std::optional<size_t> Find(uint32_t hash, const IsIt& is_it) const {
    if (slots_.empty()) return std::nullopt;
    for (size_t at = hash & mask(); slots_[at].place != kFree; at = (at + 1) & mask())
      if (slots_[at].hash == hash && is_it(slots_[at].place)) return slots_[at].place;
    return std::nullopt;
  }
  void Add(uint32_t hash, size_t place) {
    if (2 * (size_ + 1) > slots_.size()) Grow();
    Put({hash, static_cast<uint32_t>(place)});
    ++size_;
  }
  void Clear() {
    slots_.clear();
    size_ = 0;
  }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  static constexpr size_t kFirstSlots = 16;
  struct Slot {
    uint32_t hash = 0;
    uint32_t place = kFree;
  };

  size_t mask() const { return slots_.size() - 1; }
  void Put(Slot slot) {
    size_t at = slot.hash & mask();
    while (slots_[at].place != kFree) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void Grow() {
    std::vector<Slot> old(slots_.empty() ? kFirstSlots : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.place != kFree) Put(slot);
  }

  std::vector<Slot> slots_;  // a power of two of them, at most half of them taken
  size_t size_ = 0;
};

}  // namespace skilltrail::projections
