#include "engine/store/open_block.h"

#include <algorithm>

namespace skilltrail::store {

void OpenBlock::Start(Seq first, const Digest& before) {
  events_.Start(first, before);
  index_.clear();
}

void OpenBlock::Add(std::span<const uint8_t> bytes, Micros logged_at, const Digest& after) {
  events_.Add(bytes, logged_at, after);
  IndexEvent(events_.size() - 1);
}

void OpenBlock::Add(const Segment& next) {
  const size_t from = events_.size();
  events_.Add(next);
  for (size_t i = from; i < events_.size(); ++i) IndexEvent(i);
}

void OpenBlock::IndexEvent(size_t place) {
  StreamsOf(ViewEvent(events_.bytes(place)), scratch_, [&](std::string_view prefix) {
    auto entry = index_.find(prefix);
    if (entry == index_.end()) entry = index_.emplace(prefix, EventSet()).first;
    entry->second.Add(place);
  });
}

EventSet OpenBlock::Find(std::string_view prefix) const {
  const auto entry = index_.find(prefix);
  return entry == index_.end() ? EventSet() : entry->second;
}

Seq OpenBlock::LastOf(std::string_view prefix, Seq through) const {
  if (events_.size() == 0 || through < events_.first()) return 0;
  const size_t end = static_cast<size_t>(std::min(through, events_.last()) - events_.first() + 1);
  const auto place = Find(prefix).Previous(end);
  return place ? events_.first() + *place : 0;
}

}  // namespace skilltrail::store
