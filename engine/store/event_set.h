// EventSet: which events of one block, by their place in it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skilltrail::store {

// The most events that a block can hold.
inline constexpr size_t kMaxBlockEvents = 256;

class EventSet {
 public:
  void Add(size_t index) { words_[index / 64] |= uint64_t{1} << (index % 64); }
  bool Has(size_t index) const { return (words_[index / 64] >> (index % 64) & 1) != 0; }
  bool empty() const { return words_ == decltype(words_){}; }
  bool operator==(const EventSet&) const = default;
  void Unite(const EventSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void Intersect(const EventSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  const std::array<uint64_t, kMaxBlockEvents / 64>& words() const { return words_; }

  // Its smallest member at or after `from`; its largest below `end`.
  std::optional<size_t> Next(size_t from) const {
    for (size_t word = from / 64; word < words_.size(); ++word) {
      const uint64_t bits = word == from / 64 ? words_[word] & (~uint64_t{0} << (from % 64)) : words_[word];
      if (bits != 0) return word * 64 + static_cast<size_t>(std::countr_zero(bits));
    }
    return std::nullopt;
  }
  std::optional<size_t> Previous(size_t end) const {
    for (size_t word = (end + 63) / 64; word-- > 0;) {
      uint64_t bits = words_[word];
      if (end < (word + 1) * 64) bits &= (uint64_t{1} << (end % 64)) - 1;
      if (bits != 0) return word * 64 + 63 - static_cast<size_t>(std::countl_zero(bits));
    }
    return std::nullopt;
  }

  // See keys.h; nothing if it is none, or is empty, which is never written.
  std::string Encode() const;
  static std::optional<EventSet> Decode(std::string_view value);

 private:
  std::array<uint64_t, kMaxBlockEvents / 64> words_{};
};

}  // namespace skilltrail::store
