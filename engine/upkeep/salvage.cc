#include "engine/upkeep/salvage.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>

#include "engine/collection/tree.h"
#include "engine/projections/named_contents.h"
#include "engine/store/salvage.h"
#include "engine/store/store.h"
#include "engine/upkeep/new_store.h"
#include "events/codec.h"

namespace skilltrail::upkeep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTold = 100;
constexpr const char* kReason = "lost: the store that held it was damaged";

class ScratchDirectory {
 public:
  explicit ScratchDirectory(fs::path dir) : dir_(std::move(dir)) {}
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const fs::path& path() const { return dir_; }

 private:
  fs::path dir_;
};

// Brings contents over before the events that name them, and remembers those that are nowhere.
class Contents {
 public:
  Contents(const store::DamagedStore& from, store::BlobStore& to) : from_(from), to_(to) {}

  Status BringOver(const projections::NamedContents& named) {
    for (const auto& digest : named.redacted) redacted_.insert(digest);
    for (const auto& digest : named.trees) {
      ASSIGN_OR_RETURN(const auto bytes, BringOver(digest));
      if (!bytes) continue;
      const auto tree = collection::DecodeTree(*bytes);
      if (!tree.ok()) continue;
      for (const auto& entry : tree->entries) {
        ASSIGN_OR_RETURN(const auto ignored, BringOver(entry.digest));
        static_cast<void>(ignored);
      }
    }
    for (const auto& digest : named.blobs) {
      ASSIGN_OR_RETURN(const auto ignored, BringOver(digest));
      static_cast<void>(ignored);
    }
    return to_.Sync();
  }

  uint64_t count() const { return brought_.size(); }
  std::vector<Digest> Lost() const {
    std::vector<Digest> lost;
    for (const auto& digest : lost_) {
      if (!redacted_.contains(digest)) lost.push_back(digest);
    }
    std::sort(lost.begin(), lost.end());
    return lost;
  }

 private:
  // The bytes where they were not brought over before.
  Result<std::optional<std::string>> BringOver(const Digest& digest) {
    if (brought_.contains(digest) || lost_.contains(digest)) return std::optional<std::string>();
    auto content = from_.Blob(digest);
    if (!content) {
      lost_.insert(digest);
      return std::optional<std::string>();
    }
    brought_.insert(digest);
    ASSIGN_OR_RETURN(const auto put, to_.Put(*content));
    static_cast<void>(put);
    return content;
  }

  const store::DamagedStore& from_;
  store::BlobStore& to_;
  projections::Digests brought_, lost_, redacted_;
};

Status AppendSegment(const store::Segment& segment, store::EventLog& log) {
  store::AppendRequest request;
  for (size_t i = 0; i < segment.size(); ++i) {
    const auto bytes = segment.bytes(i);
    request.events.emplace_back(bytes.begin(), bytes.end());
    // A lost segment may have held later times than the one before it; a time never goes back.
    request.logged_at.push_back(std::max(segment.logged_at(i), log.head_logged_at()));
  }
  const auto appended = log.Append(std::move(request));
  return appended.ok() ? Status() : Status(appended.error());
}

// One run that says what is gone.
Status TellLost(const Context& context, const std::vector<Digest>& lost, store::EventLog& log) {
  if (lost.empty()) return {};
  const Micros now = context.clock->Now();
  const RunId run = NewRunId(now);
  store::AppendRequest request;
  const auto add = [&](Payload payload) {
    Event event;
    event.run_id = run;
    event.ordinal = static_cast<uint32_t>(request.events.size());
    event.recorded_at = now;
    event.payload = std::move(payload);
    request.events.push_back(EncodeEvent(event));
  };
  schema::RunStartedT started;
  started.actor = context.actor;
  started.command = context.command;
  add(std::move(started));
  for (const auto& digest : lost) {
    schema::BlobRedactedT redacted;
    redacted.digest = digest.vector();
    redacted.reason = kReason;
    add(std::move(redacted));
  }
  schema::RunCompletedT completed;
  completed.status = schema::RunStatus::partial;
  add(std::move(completed));
  const auto appended = log.Append(std::move(request));
  return appended.ok() ? Status() : Status(appended.error());
}

}  // namespace

Result<SalvageReport> Salvage(const Context& context, const fs::path& target) {
  SalvageReport report;
  report.path = target;
  std::error_code ignored;
  if (!fs::is_directory(context.store / "db", ignored)) {
    return Error{Code::kNotFound, fmt::format("no store at {}", context.store.string()), "name the damaged one with --store DIR"};
  }
  ASSIGN_OR_RETURN(auto fresh, NewStore::Begin(target));
  const ScratchDirectory scratch(fresh.dir().string() + "-scratch");
  {
    ASSIGN_OR_RETURN(const auto damaged, store::DamagedStore::Open(context.store, scratch.path()));
    store::DatabaseOptions options;
    options.long_lived = true;
    ASSIGN_OR_RETURN(const auto store,
                     store::Store::Create(fresh.dir(), context.command, context.lock_timeout_ms, *context.clock, options));
    Contents contents(damaged, *store->blobs);
    const auto bring = [&](const store::Segment& segment) -> Status {
      if (Interrupted(context)) return Error{Code::kInterrupted, "interrupted; nothing was made", ""};
      Report(context, "salvaging", segment.first(), damaged.end());
      projections::NamedContents named;
      for (size_t i = 0; i < segment.size(); ++i) named.Add(ViewEvent(segment.bytes(i)));
      RETURN_IF_ERROR(contents.BringOver(named));
      if (report.moved_from == 0 && store->log->head() + 1 != segment.first()) report.moved_from = segment.first();
      report.events += segment.size();
      return AppendSegment(segment, *store->log);
    };
    RETURN_IF_ERROR(damaged.Each(bring, [&](Seq first, Seq last) { report.lost_events.emplace_back(first, last); }));
    const auto lost = contents.Lost();
    RETURN_IF_ERROR(TellLost(context, lost, *store->log));
    report.blobs = contents.count();
    report.lost_blob_count = lost.size();
    report.lost_blobs.assign(lost.begin(), lost.begin() + static_cast<ptrdiff_t>(std::min(lost.size(), kMaxTold)));
    RETURN_IF_ERROR(store->log->Anchor());
    report.head = store->log->head();
    report.head_hash = store->log->head_hash();
  }
  // Files of people are worth more than the reason why one of them cannot be read.
  if (Status copied = fresh.CopyFiles(context.store); !copied.ok()) report.notes.push_back(copied.error().message);
  RETURN_IF_ERROR(fresh.Finish());
  return report;
}

}  // namespace skilltrail::upkeep
