// PlaceIndex: the places, from 0, of named things in an append-only list. Flat and small, names included, so that the index of 10,000
// artifacts stays in the processor's nearest caches while a fold streams a log past it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skilltrail::projections {

class PlaceIndex {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view NameAt(size_t place) const {
    const size_t begin = place == 0 ? 0 : ends_[place - 1];
    return std::string_view(names_).substr(begin, ends_[place] - begin);
  }
  // Nothing if there is no such name.
  std::optional<size_t> Find(std::string_view name) const {
    return FindIf(HashOf(name), [&](size_t place) { return NameAt(place) == name; });
  }
  // Found by the hash alone, so probably the place of that name, if there is one.
  std::optional<size_t> Guess(std::string_view name) const {
    return FindIf(HashOf(name), [](size_t) { return true; });
  }
  // The next place, for a name that is not there yet.
  size_t Add(std::string_view name) {
    const size_t place = size();
    names_.append(name);
    ends_.push_back(names_.size());
    if (2 * size() > slots_.size()) Grow();
    Put({HashOf(name), static_cast<uint32_t>(place)});
    return place;
  }
  void Clear() { *this = PlaceIndex(); }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  static constexpr size_t kFirstSlots = 16;
  struct Slot {
    uint32_t hash = 0;
    uint32_t place = kFree;
  };

  static uint32_t HashOf(std::string_view name) {
    const uint64_t hash = std::hash<std::string_view>{}(name);
    return static_cast<uint32_t>(hash ^ hash >> 32);
  }
  template <class IsIt>
  std::optional<size_t> FindIf(uint32_t hash, const IsIt& is_it) const {
    if (slots_.empty()) return std::nullopt;
    for (size_t at = hash & mask(); slots_[at].place != kFree; at = (at + 1) & mask())
      if (slots_[at].hash == hash && is_it(slots_[at].place)) return slots_[at].place;
    return std::nullopt;
  }
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

  std::vector<Slot> slots_;   // a power of two of them, at most half of them taken
  std::vector<size_t> ends_;  // of each name, in names_
  std::string names_;         // one behind the other
};

}  // namespace skilltrail::projections
