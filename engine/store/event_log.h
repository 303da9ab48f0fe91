// EventLog: the log. Appends are durable and atomic; reads are dense and in order. See keys.h for what is written where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/anchor.h"
#include "engine/store/database.h"
#include "events/codec.h"
#include "events/digest.h"
#include "events/event.h"
#include "events/result.h"

namespace skilltrail::store {

// What the index knows; an event stands under each that applies to it.
enum class StreamKind : uint8_t { kArtifact = 1, kProject = 2, kRun = 3, kType = 4, kCollection = 5, kTag = 6, kIdempotency = 7 };

struct StreamKey {
  StreamKind kind;
  std::string key;
  bool operator==(const StreamKey&) const = default;
};
StreamKey ArtifactStream(std::string_view collection, std::string_view artifact);
StreamKey ProjectStream(std::string_view project);
StreamKey RunStream(const RunId& run);
StreamKey TypeStream(schema::Payload type);
StreamKey CollectionStream(std::string_view collection);
StreamKey TagStream(std::string_view tag);  // TagsImported, TagsEdited that add or remove that tag
StreamKey IdempotencyStream(std::string_view key);

// An event where it stands. The view and bytes are valid during the callback only.
struct StoredEvent {
  Seq seq = 0;
  Micros logged_at = 0;
  std::span<const uint8_t> bytes;
  const schema::Event* event = nullptr;
  Digest prev_hash;  // zero unless the scan asked for hashes
  Digest hash;
};

enum class Visit { kContinue, kStop };
using EventVisitor = std::function<Visit(const StoredEvent&)>;

struct ScanOptions {
  Seq after = 0;             // exclusive
  Seq through = UINT64_MAX;  // inclusive; cut at the head
  bool newest_first = false;
  bool hashes = false;  // fill prev_hash and hash
  // Called with the next events, some dozens, before they are visited one by one; oldest first scans only. A visitor whose state is larger
  // than the processor's caches fetches there what it will need. An event may come without being visited. Empty: not called.
  std::function<void(std::span<const schema::Event* const>)> ahead = {};
};

// File work that follows from an append: `path` is to change from one tree to another. Kept with the events until it is done.
struct PendingWork {
  uint64_t id = 0;              // given by the log; orders the work
  Seq seq = 0;                  // the event that wants it; given by the log
  std::string path = {};        // absolute
  Digest before = {};           // zero: absent
  Digest after = {};            // zero: absent
  std::string collection = {};  // whose path it is
  std::string artifact = {};
};

struct Expectation {
  StreamKey stream;
  Seq last_seq = 0;  // the stream's last event as the decision saw it
};

struct AppendRequest {
  std::vector<std::vector<uint8_t>> events;  // encoded, in order; verified by Append
  std::vector<Expectation> expect;           // a stale one refuses the whole append: kConflict
  std::vector<PendingWork> pending;          // seq: index into events on the way in
  std::vector<std::string> manifests = {};   // of these collections something else is to be said, because of the events
  // When each event was logged, where another log says so (salvage, import): in order, not before the log's last, at most five minutes
  // after the clock, else kConflict. Empty: the log's clock decides.
  std::vector<Micros> logged_at = {};
  // Set: the first event is a RunStarted whose idempotency key must be new to the log, else kConflict, which tells whether that run's body
  // digest was this one.
  std::optional<Digest> idempotency_body;
};

struct Appended {
  Seq first = 0;
  Seq last = 0;
  Micros logged_at = 0;
};

// An event larger than this is refused; bodies are blobs.
inline constexpr size_t kMaxEventBytes = 16u << 20;
// Events of a sealed block in a new store; measured in bench/block_size_bench.cc.
inline constexpr uint32_t kBlockEvents = 64;

struct LogOptions {
  // HEAD as it was read before the database was opened; a reader's must be, or a writer may have moved it on since. Nothing: it is read
  // now.
  std::optional<std::optional<Anchor>> anchor = std::nullopt;
  uint32_t block_events = kBlockEvents;  // of a new store; one that is there keeps its own
};

// Reading and appending may go on in several threads at once; one that reads while another appends sees the head as it was when it began.
// A visitor may call the log again.
class EventLog {
 public:
  // The database must outlive the log. A new database open for writing gets a store id and an empty head, in the database and in HEAD.
  // Checks the anchor: kCorrupt if the database is behind it, has another hash at its sequence, or one of the two is missing. kNotFound for
  // a reader of a database whose creation was cut short.
  static Result<std::unique_ptr<EventLog>> Open(Database& database, const std::filesystem::path& dir, const Clock& clock,
                                                LogOptions options = {});
  ~EventLog();

  Seq head() const;
  Digest head_hash() const;
  Micros head_logged_at() const;  // 0 if empty
  const std::string& store_id() const;

  // Thread-safe; callers queue and one of them commits for all (group commit). On return the events are synced together with their index
  // entries and pending records; on an error nothing of this request was written (kConflict, kCorrupt for bad bytes, kUsage for an event
  // over kMaxEventBytes, kFailed for a clock over five minutes behind the last event) or, for a failed write, the log refuses all further
  // work until it is reopened. A clock behind by less is clamped: logged_at is then later than the clock.
  Result<Appended> Append(AppendRequest request);
  // Brings HEAD up to the head; once before a command reports success. Thread-safe.
  Status Anchor();

  // Events of the whole log. A damaged block is kCorrupt naming its sequence.
  Status Scan(const ScanOptions& options, const EventVisitor& visit) const;
  // Events of one stream.
  Status ScanStream(const StreamKey& stream, const ScanOptions& options, const EventVisitor& visit) const;
  // Events that stand in at least one stream of every group, found in the index alone before any of them is read. No group: all events; an
  // empty group: none.
  Status ScanWhere(const std::vector<std::vector<StreamKey>>& groups, const ScanOptions& options, const EventVisitor& visit) const;
  // One event; kNotFound if there is none.
  Status At(Seq seq, const EventVisitor& visit, bool hashes = false) const;
  // The last sequence of the stream at or before `through`; 0 if none.
  Result<Seq> LastOf(const StreamKey& stream, Seq through = UINT64_MAX) const;
  // All keys of a kind, sorted by their bytes: which collections, projects, tags the log knows.
  Result<std::vector<std::string>> StreamKeys(StreamKind kind) const;
  // The last sequence logged at or before `time`; 0 before the first. Found over block headers.
  Result<Seq> SeqAtTime(Micros time) const;

  Result<std::vector<PendingWork>> Pending() const;
  Status ClearPending(const std::vector<uint64_t>& ids);
  // Collections, and projects by their paths, whose file does not say yet what the events do, sorted. Clearing is not synced: what a power
  // loss brings back is a manifest written once more.
  Result<std::vector<std::string>> ManifestsBehind() const;
  Status ClearManifestBehind(std::string_view name);

  struct Problem {
    Seq seq = 0;  // where it begins; 0: of the log as a whole
    std::string text;
  };
  struct Verification {
    Seq events = 0;
    std::vector<Problem> problems;  // by sequence, those of the whole log last; at most kMaxProblems
    uint64_t problem_count = 0;     // of all, told or not
  };
  static constexpr size_t kMaxProblems = 100;
  static constexpr size_t kMaxVerifiers = 4;
  struct VerifyOptions {
    // Gets the number of events verified so far now and then, in the caller's thread.
    std::function<void(Seq)> progress = {};
    // Called for every event whose bytes are whole, in the verifying threads: `verifier` is below kMaxVerifiers, and no two threads share
    // one. Their order is nobody's promise.
    std::function<void(size_t verifier, const StoredEvent&)> visit = {};
    std::function<bool()> interrupted = {};  // true: give up with kInterrupted
  };
  // Chain, bytes, positions, index = events, head and HEAD, over the whole log as it was when this was called.
  Result<Verification> Verify(const VerifyOptions& options) const;

 private:
  struct Rep;
  explicit EventLog(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace skilltrail::store
