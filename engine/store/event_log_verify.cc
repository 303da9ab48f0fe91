#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/store/event_log_rep.h"
#include "engine/store/index_check.h"
#include "engine/store/index_sum.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

using Problem = EventLog::Problem;
using VerifyOptions = EventLog::VerifyOptions;

constexpr Seq kRangeBlocks = 256;  // what a verifier takes at a time
constexpr std::chrono::milliseconds kProgressPause{50};

class Problems {
 public:
  void Add(Problem problem) {
    // Those with the lowest sequences are kept, and ranges come in order: what is dropped here stands behind what is kept.
    if (kept_.size() < EventLog::kMaxProblems) kept_.push_back(std::move(problem));
    ++count_;
  }
  void Add(Problems other) {
    for (auto& problem : other.kept_) Add(std::move(problem));
    count_ += other.count_ - std::min<uint64_t>(other.count_, EventLog::kMaxProblems);
  }
  void MoveTo(EventLog::Verification& out) {
    std::stable_sort(kept_.begin(), kept_.end(), [](const Problem& a, const Problem& b) { return a.seq - 1 < b.seq - 1; });
    out.problems = std::move(kept_);
    out.problem_count = count_;
  }

 private:
  std::vector<Problem> kept_;
  uint64_t count_ = 0;
};

// What one part of the log says of its ends, for the part behind it.
struct Edge {
  bool whole = false;  // there is a segment
  Digest hash;
  Micros logged_at = 0;
};

// Verifies parts of the log. Each thread has its own.
class Verifier {
 public:
  struct Range {
    Problems problems;
    Seq first = 0;
    Edge begin, end;
    bool all_known = true;  // every block was there, with events that can be looked into
  };

  Verifier(const Database& database, uint32_t block_events, size_t number, uint64_t key, const VerifyOptions& options)
      : database_(database), block_events_(block_events), number_(number), options_(options), sum_(key) {}

  Range Check(Seq first, Seq through) {
    Range range;
    range.first = first;
    BlockWalk walk(database_.Scan(Family::kLog), block_events_);
    for (Seq block = first; block <= through; block += block_events_) {
      if (Status loaded = walk.Load(block, segment_); !loaded.ok()) {
        range.problems.Add({block, loaded.error().message});
        range.all_known = false;
        range.end.whole = false;
        continue;
      }
      if (block == first) range.begin = {true, segment_.before(), segment_.logged_at(0)};
      // After a gap the chain goes on from what the block says.
      if (CheckSegment(segment_, block == first ? Edge{} : range.end, range.problems)) {
        AddExpected();
      } else {
        range.all_known = false;
      }
      range.end = EndOf(segment_);
    }
    return range;
  }

  // Chain, bytes and positions of one segment, which follows on `before`. False if there are bytes that are no event, of which nothing can
  // be known.
  bool CheckSegment(const Segment& segment, const Edge& before, Problems& problems) {
    bool all_events = true;
    CheckJoint(before, {true, segment.before(), segment.logged_at(0)}, segment.first(), problems);
    Digest hash = segment.before();
    StoredEvent event;
    for (size_t i = 0; i < segment.size(); ++i) {
      const Seq seq = segment.first() + i;
      const Status bytes = VerifyEventBytes(segment.bytes(i));
      if (!bytes.ok()) {
        problems.Add({seq, fmt::format("event {}: {}", seq, bytes.error().message)});
        all_events = false;
      }
      if (i > 0 && segment.logged_at(i) < segment.logged_at(i - 1)) {
        problems.Add({seq, fmt::format("event {}: it was logged before the one before it", seq)});
      }
      hash = ChainHash(hash, segment.bytes(i));
      if (options_.visit && bytes.ok()) {
        event.seq = seq;
        event.logged_at = segment.logged_at(i);
        event.bytes = segment.bytes(i);
        event.event = &ViewEvent(event.bytes);
        options_.visit(number_, event);
      }
    }
    if (hash != segment.after()) {
      problems.Add({segment.first(),
                    fmt::format("events {} to {}: the chain is broken: their bytes have another hash", segment.first(), segment.last())});
    }
    return all_events;
  }

  static void CheckJoint(const Edge& before, const Edge& after, Seq first, Problems& problems) {
    if (!before.whole || !after.whole) return;
    if (before.hash != after.hash) {
      problems.Add({first, fmt::format("event {}: the chain is broken: its record follows another event", first)});
    }
    if (after.logged_at < before.logged_at) {
      problems.Add({first, fmt::format("event {}: it was logged before the one before it", first)});
    }
  }
  static Edge EndOf(const Segment& segment) { return {true, segment.after(), segment.logged_at(segment.size() - 1)}; }

  const IndexSum& sum() const { return sum_; }

 private:
  void AddExpected() {
    for (size_t i = 0; i < segment_.size(); ++i) {
      streams_.clear();
      size_t tags = 0;
      StreamKeysOf(ViewEvent(segment_.bytes(i)), scratch_, [&](StreamKind kind, std::string_view key) {
        streams_.push_back(hashes_.Of(kind, key));
        if (kind == StreamKind::kTag) ++tags;
      });
      if (tags > 1) {  // one may stand there twice
        std::sort(streams_.begin(), streams_.end());
        streams_.erase(std::unique(streams_.begin(), streams_.end()), streams_.end());
      }
      for (const uint64_t stream : streams_) sum_.Add(stream, segment_.first(), i);
    }
  }

  const Database& database_;
  const uint32_t block_events_;
  const size_t number_;
  const VerifyOptions& options_;
  IndexSum sum_;
  Segment segment_;
  StreamScratch scratch_;
  StreamHashes hashes_;
  std::vector<uint64_t> streams_;  // of one event
};

// The sum of what the index says of blocks through `through`. What was sealed since is passed over; what is of no block is not.
Result<IndexSum> SumOfIndex(Cursor cursor, Seq through, Seq head, uint64_t key) {
  IndexSum sum(key);
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    const std::string_view entry = cursor.key();
    const Seq block = SeqAtEnd(entry);
    if (block > through && block <= head) continue;
    const auto events = EventSet::Decode(cursor.value());
    if (events && entry.size() >= sizeof(Seq)) {
      sum.Add(IndexSum::HashOf(entry.substr(0, entry.size() - sizeof(Seq))), block, *events);
    } else {
      sum.Break();
    }
  }
  RETURN_IF_ERROR(cursor.status());
  return sum;
}

// The verifying threads and what they share: ranges of blocks are taken one after another; whoever comes first takes the index, which is
// one piece of work.
class LogVerification {
 public:
  LogVerification(const Database& database, uint32_t block_events, Seq through, const VerifyOptions& options)
      : database_(database),
        block_events_(block_events),
        through_(through),
        options_(options),
        key_(std::random_device()()),
        ranges_((through / block_events + kRangeBlocks - 1) / kRangeBlocks),
        index_(IndexSum(key_)) {}

  // `head`: where the log ends when it is asked; what others seal meanwhile is theirs to verify.
  Status Run(std::function<Seq()> head) {
    head_ = std::move(head);
    const size_t wanted = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, EventLog::kMaxVerifiers);
    for (size_t i = 0; i < wanted; ++i) verifiers_.emplace_back(database_, block_events_, i, key_, options_);
    running_ = wanted;
    std::vector<std::jthread> threads;
    for (auto& verifier : verifiers_) threads.emplace_back([&] { Work(verifier); });
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kProgressPause, [&] { return running_ == 0; })) {
      if (options_.progress) options_.progress(std::min<Seq>(next_ * kRangeBlocks * block_events_, through_));
      if (options_.interrupted && options_.interrupted()) stop_ = true;
    }
    return stop_ ? Status(Error{Code::kInterrupted, "interrupted while verifying", ""}) : Status();
  }

  // Joins what the ranges found. Then the open block, and the index by name where its sum is not that of the events.
  Status Finish(const Segment& open, Problems& problems) {
    Edge end{true, Digest{}, 0};
    bool all_known = true;
    for (auto& range : ranges_) {
      Verifier::CheckJoint(end, range.begin, range.first, problems);
      problems.Add(std::move(range.problems));
      end = range.end;
      all_known = all_known && range.all_known;
    }
    if (open.size() > 0) verifiers_.front().CheckSegment(open, end, problems);  // the index does not cover it
    IndexSum expected(key_);
    for (const auto& verifier : verifiers_) expected.Add(verifier.sum());
    RETURN_IF_ERROR(index_.ok() ? Status() : Status(index_.error()));
    if (all_known && *index_ == expected) return {};
    return IndexCheck(database_, block_events_, [&](Problem problem) { problems.Add(std::move(problem)); })
        .Run(through_, head_, options_.interrupted);
  }

 private:
  void Work(Verifier& verifier) {
    if (!index_taken_.exchange(true)) {
      Cursor cursor = database_.Scan(Family::kIndex);  // older than the head asked for next, so that it knows no block behind it
      index_ = SumOfIndex(std::move(cursor), through_, head_(), key_);
    }
    for (size_t range = next_++; range < ranges_.size() && !stop_; range = next_++) {
      const Seq first = range * kRangeBlocks * block_events_ + 1;
      ranges_[range] = verifier.Check(first, std::min(through_, first - 1 + kRangeBlocks * block_events_));
    }
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  }

  const Database& database_;
  const uint32_t block_events_;
  const Seq through_;
  const VerifyOptions& options_;
  const uint64_t key_;
  std::vector<Verifier::Range> ranges_;
  Result<IndexSum> index_;
  std::function<Seq()> head_;
  std::vector<Verifier> verifiers_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> index_taken_ = false;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t running_ = 0;  // under the mutex
};

}  // namespace

Result<EventLog::Verification> EventLog::Verify(const VerifyOptions& options) const {
  const Rep::View view = rep_->Snapshot({}, nullptr);
  Problems problems;
  LogVerification verification(rep_->database, rep_->block_events, view.sealed_through, options);
  RETURN_IF_ERROR(verification.Run([this] { return head(); }));
  RETURN_IF_ERROR(verification.Finish(view.open, problems));
  ASSIGN_OR_RETURN(const auto anchor, ReadAnchor(rep_->dir));
  if (!anchor) {
    problems.Add({0, "HEAD is missing"});
  } else if (anchor->seq <= view.head) {
    // A HEAD ahead of a reader was moved on by a writer since.
    if (Status anchored = rep_->CheckAnchor(*anchor); !anchored.ok()) problems.Add({0, anchored.error().message});
  }
  Verification out;
  out.events = view.head;
  problems.MoveTo(out);
  return out;
}

}  // namespace skilltrail::store
