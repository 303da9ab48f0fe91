// Delivery: events of segments, handed to a visitor as a scan's options want them.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/store/event_log.h"
#include "engine/store/event_set.h"
#include "engine/store/segment.h"

namespace skilltrail::store {

// Hands the wanted events of one segment after another to the visitor. One object a scan, so that nothing is allocated an event.
class Delivery {
 public:
  Delivery(const ScanOptions& options, Seq through, const EventVisitor& visit) : options_(options), through_(through), visit_(visit) {}

  // `only`: which of its events; null: all.
  Visit Deliver(const Segment& segment, const EventSet* only) {
    const size_t from = options_.after < segment.first() ? 0 : static_cast<size_t>(options_.after - segment.first() + 1);
    const size_t end = through_ < segment.first() ? 0 : static_cast<size_t>(std::min(through_, segment.last()) - segment.first() + 1);
    if (from >= end) return Visit::kContinue;
    if (options_.hashes) Chain(segment, end);
    return options_.newest_first ? Backward(segment, from, end, only) : Forward(segment, from, end, only);
  }

 private:
  Visit Forward(const Segment& segment, size_t from, size_t end, const EventSet* only) {
    if (options_.ahead) Announce(segment, from, end, only);
    for (size_t i = from; i < end; ++i) {
      if (only != nullptr) i = only->Next(i).value_or(end);
      if (i >= end) break;
      if (Give(segment, i) == Visit::kStop) return Visit::kStop;
    }
    return Visit::kContinue;
  }

  Visit Backward(const Segment& segment, size_t from, size_t end, const EventSet* only) {
    while (end > from) {
      const auto place = only == nullptr ? end - 1 : only->Previous(end);
      if (!place || *place < from) break;
      if (Give(segment, *place) == Visit::kStop) return Visit::kStop;
      end = *place;
    }
    return Visit::kContinue;
  }

  void Announce(const Segment& segment, size_t from, size_t end, const EventSet* only) {
    announced_.clear();
    for (size_t i = from; i < end; ++i) {
      if (only != nullptr) i = only->Next(i).value_or(end);
      if (i < end) announced_.push_back(&ViewEvent(segment.bytes(i)));
    }
    options_.ahead(announced_);
  }

  void Chain(const Segment& segment, size_t end) {
    hashes_.resize(end + 1);
    hashes_[0] = segment.before();
    for (size_t i = 0; i < end; ++i) hashes_[i + 1] = ChainHash(hashes_[i], segment.bytes(i));
  }

  Visit Give(const Segment& segment, size_t place) {
    event_.seq = segment.first() + place;
    event_.logged_at = segment.logged_at(place);
    event_.bytes = segment.bytes(place);
    event_.event = &ViewEvent(event_.bytes);
    if (options_.hashes) {
      event_.prev_hash = hashes_[place];
      event_.hash = hashes_[place + 1];
    }
    return visit_(event_);
  }

  const ScanOptions& options_;
  Seq through_;
  const EventVisitor& visit_;
  StoredEvent event_;
  std::vector<Digest> hashes_;
  std::vector<const schema::Event*> announced_;
};

}  // namespace skilltrail::store
