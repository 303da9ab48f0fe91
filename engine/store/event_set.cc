#include "engine/store/event_set.h"

namespace skilltrail::store {

std::string EventSet::Encode() const {
  const auto last = Previous(kMaxBlockEvents);
  std::string value(last ? *last / 8 + 1 : 0, '\0');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(words_[i / 8] >> (i % 8 * 8) & 0xff);
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
