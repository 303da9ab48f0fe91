#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/store/delivery.h"
#include "engine/store/event_log_rep.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

// Up to so many neighbouring blocks a read ahead of 2 MiB costs more than it saves.
constexpr Seq kShortScanBlocks = 8;

}  // namespace

EventLog::Rep::View EventLog::Rep::Snapshot(const ScanOptions& options, const std::string* prefix) const {
  View view;
  const std::lock_guard lock(mutex);
  view.head = head.seq;
  view.sealed_through = open.events().first() - 1;
  if (prefix != nullptr) view.in_open = open.Find(*prefix);
  const bool in_range = std::min(options.through, head.seq) > view.sealed_through && options.after < head.seq;
  if (in_range && (prefix == nullptr || !view.in_open.empty())) view.open = open.events();
  return view;
}

Status EventLog::Scan(const ScanOptions& options, const EventVisitor& visit) const {
  const Rep::View view = rep_->Snapshot(options, nullptr);
  const Seq through = std::min(options.through, view.head);
  if (options.after >= through) return {};
  Delivery delivery(options, through, visit);
  if (options.newest_first && view.open.size() > 0 && delivery.Deliver(view.open, nullptr) == Visit::kStop) return {};

  const Seq sealed_through = std::min(through, view.sealed_through);
  if (options.after < sealed_through) {
    const Seq step = rep_->block_events;
    const Seq first = BlockOf(options.after + 1, rep_->block_events);
    const Seq last = BlockOf(sealed_through, rep_->block_events);
    const Seq blocks = (last - first) / step + 1;
    BlockWalk walk(blocks > kShortScanBlocks ? rep_->database.Scan(Family::kLog) : rep_->database.Look(Family::kLog), rep_->block_events);
    Segment segment;
    for (Seq i = 0; i < blocks; ++i) {
      RETURN_IF_ERROR(walk.Load(options.newest_first ? last - i * step : first + i * step, segment));
      if (delivery.Deliver(segment, nullptr) == Visit::kStop) return {};
    }
  }
  if (!options.newest_first && view.open.size() > 0) delivery.Deliver(view.open, nullptr);
  return {};
}

Status EventLog::ScanStream(const StreamKey& stream, const ScanOptions& options, const EventVisitor& visit) const {
  std::string prefix;
  IndexPrefix(prefix, static_cast<uint8_t>(stream.kind), stream.key);
  const Rep::View view = rep_->Snapshot(options, &prefix);
  const Seq through = std::min(options.through, view.head);
  if (options.after >= through) return {};
  Delivery delivery(options, through, visit);
  if (options.newest_first && view.open.size() > 0 && delivery.Deliver(view.open, &view.in_open) == Visit::kStop) return {};

  const Seq sealed_through = std::min(through, view.sealed_through);
  if (options.after < sealed_through) {
    StreamWalk entries(rep_->database, prefix, options.newest_first);
    BlockWalk blocks(rep_->database.Look(Family::kLog), rep_->block_events);
    Segment segment;
    const Seq first = BlockOf(options.after + 1, rep_->block_events);
    RETURN_IF_ERROR(entries.Start(options.newest_first ? BlockOf(sealed_through, rep_->block_events) : first));
    for (; entries.valid() && entries.block() >= first && entries.block() <= sealed_through;) {
      RETURN_IF_ERROR(blocks.Load(entries.block(), segment));
      if (delivery.Deliver(segment, &entries.events()) == Visit::kStop) return {};
      RETURN_IF_ERROR(entries.Next());
    }
  }
  if (!options.newest_first && view.open.size() > 0) delivery.Deliver(view.open, &view.in_open);
  return {};
}

Status EventLog::At(Seq seq, const EventVisitor& visit, bool hashes) const {
  if (seq == 0 || seq > head()) return Error{Code::kNotFound, fmt::format("no event {}: the log ends at {}", seq, head()), ""};
  ScanOptions options;
  options.after = seq - 1;
  options.through = seq;
  options.hashes = hashes;
  return Scan(options, visit);
}

Result<Seq> EventLog::SeqAtTime(Micros time) const {
  const Rep::View view = rep_->Snapshot({}, nullptr);
  const auto last_in = [&](const Segment& segment) {
    size_t count = segment.size();
    while (count > 0 && segment.logged_at(count - 1) > time) --count;
    return segment.first() + count - 1;
  };
  if (view.open.size() > 0 && view.open.logged_at(0) <= time) return last_in(view.open);
  // The last block that begins at or before that time; blocks [0, low) do, blocks from high on do not.
  BlockWalk walk(rep_->database.Look(Family::kLog), rep_->block_events);
  Segment segment;
  Seq low = 0;
  Seq high = view.sealed_through / rep_->block_events;
  Seq found = 0;
  while (low < high) {
    const Seq middle = low + (high - low) / 2;
    RETURN_IF_ERROR(walk.Load(middle * rep_->block_events + 1, segment));
    if (segment.logged_at(0) <= time) {
      found = last_in(segment);
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return found;
}

}  // namespace skilltrail::store
