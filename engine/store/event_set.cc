#include "engine/store/event_set.h"

namespace skilltrail::store {

std::string EventSet::Encode() const {
  std::string value;
  for (const uint64_t word : words_) {
    for (unsigned shift = 0; shift < 64; shift += 8) value.push_back(static_cast<char>(word >> shift & 0xff));
  }
  value.resize(value.find_last_not_of('\0') + 1);
  return value;
}

std::optional<EventSet> EventSet::Decode(std::string_view value) {
  EventSet set;
  if (value.empty() || value.size() > kMaxBlockEvents / 8 || value.back() == '\0') return std::nullopt;
  for (size_t i = 0; i < value.size(); ++i) {
    set.words_[i / 8] |= uint64_t{static_cast<uint8_t>(value[i])} << (i % 8 * 8);
  }
  return set;
}

}  // namespace skilltrail::store
