#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/delivery.h"
#include "engine/store/event_log_rep.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

// Steps that a walk takes before it seeks: a seek costs about as much.
constexpr int kSteps = 4;

// The events of any of several streams, block by block.
class Union {
 public:
  Union(const Database& database, const std::vector<std::string>& prefixes, bool newest_first) : newest_first_(newest_first) {
    for (const auto& prefix : prefixes) walks_.emplace_back(database, prefix, newest_first);
  }

  Status Start(Seq block) {
    for (auto& walk : walks_) RETURN_IF_ERROR(walk.Start(block));
    Choose();
    return {};
  }
  // To the first block at `block` or behind it in the walk's direction.
  Status Advance(Seq block) {
    for (auto& walk : walks_) {
      for (int step = 0; step < kSteps && walk.valid() && Before(walk.block(), block); ++step) RETURN_IF_ERROR(walk.Next());
      if (walk.valid() && Before(walk.block(), block)) RETURN_IF_ERROR(walk.Start(block));
    }
    Choose();
    return {};
  }
  bool valid() const { return valid_; }
  Seq block() const { return block_; }
  const EventSet& events() const { return events_; }

 private:
  bool Before(Seq a, Seq b) const { return newest_first_ ? a > b : a < b; }
  void Choose() {
    valid_ = false;
    for (const auto& walk : walks_) {
      if (!walk.valid()) continue;
      if (!valid_ || Before(walk.block(), block_)) {
        block_ = walk.block();
        events_ = {};
      }
      valid_ = true;
      if (walk.block() == block_) events_.Unite(walk.events());
    }
  }

  bool newest_first_;
  std::vector<StreamWalk> walks_;
  bool valid_ = false;
  Seq block_ = 0;
  EventSet events_;
};

using Prefixes = std::vector<std::vector<std::string>>;

Prefixes PrefixesOf(const std::vector<std::vector<StreamKey>>& groups) {
  Prefixes out;
  for (const auto& group : groups) {
    auto& prefixes = out.emplace_back();
    for (const auto& stream : group) IndexPrefix(prefixes.emplace_back(), static_cast<uint8_t>(stream.kind), stream.key);
  }
  return out;
}

// What all groups let through of the open block.
EventSet InOpen(const Segment& events, const Prefixes& groups) {
  OpenBlock open;
  open.Start(events.first(), events.before());
  open.Add(events);
  EventSet all;
  for (size_t i = 0; i < events.size(); ++i) all.Add(i);
  for (const auto& group : groups) {
    EventSet any;
    for (const auto& prefix : group) any.Unite(open.Find(prefix));
    all.Intersect(any);
  }
  return all;
}

// Walks over the blocks in which every group has an event.
class Intersection {
 public:
  Intersection(const Database& database, uint32_t block_events, const Prefixes& groups, bool newest_first)
      : block_events_(block_events), newest_first_(newest_first) {
    for (const auto& group : groups) unions_.emplace_back(database, group, newest_first);
  }

  Status Start(Seq block) {
    for (auto& one : unions_) RETURN_IF_ERROR(one.Start(block));
    return Settle();
  }
  Status Next() {
    valid_ = false;
    if (newest_first_ && block_ < block_events_) return {};
    RETURN_IF_ERROR(unions_.front().Advance(newest_first_ ? block_ - block_events_ : block_ + block_events_));
    return Settle();
  }
  bool valid() const { return valid_; }
  Seq block() const { return block_; }
  const EventSet& events() const { return events_; }

 private:
  // Brings all of them to the next block that they have in common.
  Status Settle() {
    valid_ = false;
    while (std::all_of(unions_.begin(), unions_.end(), [](const Union& one) { return one.valid(); })) {
      // The one that is furthest on says where that can be.
      block_ = unions_.front().block();
      for (const auto& one : unions_) block_ = newest_first_ ? std::min(block_, one.block()) : std::max(block_, one.block());
      bool together = true;
      for (auto& one : unions_) {
        if (one.block() != block_) RETURN_IF_ERROR(one.Advance(block_));
        together = together && one.valid() && one.block() == block_;
      }
      if (!together) continue;
      events_ = unions_.front().events();
      for (const auto& one : unions_) events_.Intersect(one.events());
      valid_ = true;
      return {};
    }
    return {};
  }

  const uint32_t block_events_;
  const bool newest_first_;
  std::vector<Union> unions_;
  bool valid_ = false;
  Seq block_ = 0;
  EventSet events_;
};

}  // namespace

Status EventLog::ScanWhere(const std::vector<std::vector<StreamKey>>& groups, const ScanOptions& options, const EventVisitor& visit) const {
  if (groups.empty()) return Scan(options, visit);
  const Prefixes prefixes = PrefixesOf(groups);
  Rep::View view = rep_->Snapshot(options, nullptr);
  const Seq through = std::min(options.through, view.head);
  if (options.after >= through) return {};
  if (view.open.size() > 0) view.in_open = InOpen(view.open, prefixes);
  Delivery delivery(options, through, visit);
  if (options.newest_first && view.open.size() > 0 && delivery.Deliver(view.open, &view.in_open) == Visit::kStop) return {};

  const Seq sealed_through = std::min(through, view.sealed_through);
  if (options.after < sealed_through) {
    const Seq oldest = BlockOf(options.after + 1, rep_->block_events);
    const Seq newest = BlockOf(sealed_through, rep_->block_events);
    Intersection common(rep_->database, rep_->block_events, prefixes, options.newest_first);
    BlockWalk blocks(rep_->database.Look(Family::kLog), rep_->block_events);
    Segment segment;
    RETURN_IF_ERROR(common.Start(options.newest_first ? newest : oldest));
    for (; common.valid() && common.block() >= oldest && common.block() <= newest;) {
      if (!common.events().empty()) {
        RETURN_IF_ERROR(blocks.Load(common.block(), segment));
        if (delivery.Deliver(segment, &common.events()) == Visit::kStop) return {};
      }
      RETURN_IF_ERROR(common.Next());
    }
  }
  if (!options.newest_first && view.open.size() > 0) delivery.Deliver(view.open, &view.in_open);
  return {};
}

}  // namespace skilltrail::store
