#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/store/event_log_rep.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

constexpr size_t kMaxProblems = 100;
constexpr Seq kProgressBlocks = 256;

class Verifier {
 public:
  // `index`: a scan of the index that is no younger than the view of the log, so that it knows no block that the view does not.
  Verifier(const Database& database, uint32_t block_events, Cursor index)
      : database_(database), block_events_(block_events), index_(std::move(index)) {}

  void Problem(std::string text) {
    if (problems_.size() < kMaxProblems) problems_.push_back(std::move(text));
    ++problem_count_;
  }

  // Chain, bytes and positions of one segment; what follows is checked against what it says of its own end. False if there are bytes that
  // are no event, of which nothing can be known.
  bool CheckEvents(const Segment& segment) {
    bool events = true;
    if (segment.before() != hash_) Problem(fmt::format("event {}: the chain is broken: its record follows another event", segment.first()));
    Digest hash = segment.before();
    for (size_t i = 0; i < segment.size(); ++i) {
      const Seq seq = segment.first() + i;
      if (Status bytes = VerifyEventBytes(segment.bytes(i)); !bytes.ok()) {
        Problem(fmt::format("event {}: {}", seq, bytes.error().message));
        events = false;
      }
      if (segment.logged_at(i) < logged_at_) Problem(fmt::format("event {}: it was logged before the one before it", seq));
      logged_at_ = segment.logged_at(i);
      hash = ChainHash(hash, segment.bytes(i));
    }
    if (hash != segment.after()) {
      Problem(fmt::format("events {} to {}: the chain is broken: their bytes have another hash", segment.first(), segment.last()));
    }
    hash_ = segment.after();
    return events;
  }

  // The index must say of the block exactly what its events say.
  Status CheckIndex(const Segment& segment) {
    expected_.Start(segment.first(), segment.before());
    expected_.Add(segment);
    std::vector<std::string> keys;
    for (const auto& [prefix, set] : expected_.index()) keys.push_back(IndexKey(prefix, segment.first()));
    ASSIGN_OR_RETURN(const auto values, database_.MultiGet(Family::kIndex, keys));
    auto value = values.begin();
    for (const auto& [prefix, set] : expected_.index()) {
      const auto& written = *value++;
      ++expected_entries_;
      if (!written) {
        Problem(fmt::format("event {}: the index lacks a stream of the block that begins there", segment.first()));
        ++missing_entries_;
      } else if (*written != set.Encode()) {
        Problem(fmt::format("event {}: the index names other events of the block that begins there", segment.first()));
      }
    }
    return {};
  }

  Status CheckBlocks(Seq through, const std::function<void(Seq)>& progress) {
    BlockWalk walk(database_.Scan(Family::kLog), block_events_);
    Segment segment;
    for (Seq block = 1; block < through; block += block_events_) {
      if (progress && block / block_events_ % kProgressBlocks == 0) progress(block);
      if (Status loaded = walk.Load(block, segment); !loaded.ok()) {
        Problem(loaded.error().message);
        whole_ = false;
        all_known_ = false;
        continue;
      }
      // After a gap the chain goes on from what the block says.
      if (!std::exchange(whole_, true)) hash_ = segment.before();
      if (CheckEvents(segment)) {
        RETURN_IF_ERROR(CheckIndex(segment));
      } else {
        all_known_ = false;
      }
    }
    return {};
  }

  // Entries that no event asks for. All expected ones were looked up, so their number alone shows whether there are others.
  Status CheckOrphans(Seq through) {
    uint64_t entries = 0;
    for (index_.SeekToFirst(); index_.valid(); index_.Next()) ++entries;
    RETURN_IF_ERROR(index_.status());
    const uint64_t asked_for = expected_entries_ - missing_entries_;
    return all_known_ && entries > asked_for ? NameOrphans(through, entries - asked_for) : Status();
  }

  std::vector<std::string> TakeProblems() {
    if (problem_count_ > problems_.size()) problems_.push_back(fmt::format("and {} more", problem_count_ - problems_.size()));
    return std::move(problems_);
  }

 private:
  Status NameOrphans(Seq through, uint64_t orphans) {
    BlockWalk walk(database_.Look(Family::kLog), block_events_);
    Segment segment;
    StreamScratch scratch;
    for (index_.SeekToFirst(); index_.valid() && orphans > 0; index_.Next()) {
      const std::string_view key = index_.key();
      const Seq block = SeqAtEnd(key);
      bool asked_for = false;
      if (block >= 1 && block <= through && BlockOf(block, block_events_) == block) {
        RETURN_IF_ERROR(walk.Load(block, segment));
        for (size_t i = 0; i < segment.size() && !asked_for; ++i) {
          StreamsOf(ViewEvent(segment.bytes(i)), scratch, [&](std::string_view prefix) { asked_for |= key == IndexKey(prefix, block); });
        }
      }
      if (asked_for) continue;
      Problem(fmt::format("event {}: the index puts events into a stream that none of them is in", block));
      --orphans;
    }
    return index_.status();
  }

  const Database& database_;
  uint32_t block_events_;
  Cursor index_;
  Digest hash_;
  Micros logged_at_ = 0;
  bool whole_ = true;      // the block before was there
  bool all_known_ = true;  // every block was there, with events that can be looked into
  OpenBlock expected_;
  uint64_t expected_entries_ = 0;
  uint64_t missing_entries_ = 0;
  std::vector<std::string> problems_;
  size_t problem_count_ = 0;
};

}  // namespace

Result<EventLog::Verification> EventLog::Verify(const std::function<void(Seq)>& progress) const {
  Verifier verifier(rep_->database, rep_->block_events, rep_->database.Scan(Family::kIndex));
  const Rep::View view = rep_->Snapshot({}, nullptr);
  RETURN_IF_ERROR(verifier.CheckBlocks(view.sealed_through, progress));
  if (view.open.size() > 0) verifier.CheckEvents(view.open);  // the index does not cover it
  RETURN_IF_ERROR(verifier.CheckOrphans(view.sealed_through));
  Verification out;
  out.events = view.head;
  ASSIGN_OR_RETURN(const auto anchor, ReadAnchor(rep_->dir));
  if (!anchor) {
    verifier.Problem("HEAD is missing");
  } else if (anchor->seq <= view.head) {
    // A HEAD ahead of a reader was moved on by a writer since.
    if (Status anchored = rep_->CheckAnchor(*anchor); !anchored.ok()) verifier.Problem(anchored.error().message);
  }
  out.problems = verifier.TakeProblems();
  return out;
}

}  // namespace skilltrail::store
