#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/store.h"
#include "engine/upkeep/events_check.h"
#include "engine/upkeep/events_file.h"
#include "engine/upkeep/events_reader.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::upkeep {
namespace {

using Way = EventsImportReport::Way;

constexpr size_t kBatchEvents = 1'000;
constexpr size_t kBatchBytes = 8u << 20;

// Which events the store has, asked run by run.
class Known {
 public:
  explicit Known(const store::EventLog& log) : log_(log) {}

  // True if the store has the event; kConflict if it has another one of that identity.
  Result<bool> Has(const FileEvent& event) {
    const Identity identity = IdentityOf(event.view());
    if (!loaded_ || identity.run != run_) RETURN_IF_ERROR(Load(identity.run));
    const auto known = digests_.find(identity.ordinal);
    if (known == digests_.end()) return false;
    if (known->second == Sha256(TextOf(event.bytes))) return true;
    return Error{Code::kConflict,
                 fmt::format("event {} of the file is known here with other bytes: run {}, number {}", event.seq, identity.run.text(),
                             identity.ordinal),
                 "the two logs do not belong together: import into a new store with --store DIR"};
  }

 private:
  static std::string_view TextOf(std::span<const uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  Status Load(const RunId& run) {
    digests_.clear();
    run_ = run;
    loaded_ = true;
    return log_.ScanStream(store::RunStream(run), {}, [&](const store::StoredEvent& event) {
      digests_.emplace(event.event->ordinal(), Sha256(TextOf(event.bytes)));
      return store::Visit::kContinue;
    });
  }

  const store::EventLog& log_;
  bool loaded_ = false;
  RunId run_;
  std::map<uint32_t, Digest> digests_;
};

// A collection that has a history here which the file knows nothing of cannot take in another one.
Status CheckCollections(const store::EventLog& log, const Checked& checked) {
  for (const auto& name : checked.collections) {
    Seq own = 0;
    RETURN_IF_ERROR(log.ScanStream(store::CollectionStream(name), {}, [&](const store::StoredEvent& event) {
      const auto type = event.event->payload_type();
      const bool only_made =
          type == schema::Payload::RunStarted || type == schema::Payload::RunCompleted || type == schema::Payload::CollectionCreated;
      if (!only_made && !checked.identities.contains(IdentityOf(*event.event))) own = event.seq;
      return own == 0 ? store::Visit::kContinue : store::Visit::kStop;
    }));
    if (own != 0) {
      return Error{Code::kConflict,
                   fmt::format("collection {} has a history of its own here: event {} is not in the file", Quote(name), own),
                   "import into a new store with --store DIR"};
    }
  }
  return {};
}

// The second reading: appends what the store lacks, contents before the events that name them.
class Appender {
 public:
  Appender(const Context& context, store::Store& store, Way way, Seq after, EventsImportReport& report)
      : context_(context), store_(store), known_(*store.log), way_(way), after_(after), report_(report) {}

  Status Run(EventsReader& reader, Seq total) {
    std::optional<FileHeader> header;
    std::optional<FileBlob> blob;
    std::optional<FileEvent> event;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, reader.Next(header, blob, event));
      if (!more) break;
      if (blob) RETURN_IF_ERROR(Take(std::move(*blob)));
      if (!event) continue;
      ASSIGN_OR_RETURN(const bool skip, Skips(*event));
      if (skip) {
        ++report_.skipped;
        continue;
      }
      bytes_ += event->bytes.size();
      if (way_ == Way::kContinued) request_.logged_at.push_back(event->logged_at);
      request_.events.push_back(std::move(event->bytes));
      if (request_.events.size() >= kBatchEvents || bytes_ >= kBatchBytes) {
        Report(context_, "importing", event->seq, total);
        RETURN_IF_ERROR(Flush());
      }
    }
    RETURN_IF_ERROR(Flush());
    RETURN_IF_ERROR(store_.blobs->Sync());
    return store_.log->Anchor();
  }

 private:
  Result<bool> Skips(const FileEvent& event) {
    if (way_ == Way::kContinued) return event.seq <= after_;
    return known_.Has(event);
  }
  Status Take(FileBlob blob) {
    ASSIGN_OR_RETURN(const bool has, store_.blobs->Has(blob.digest));
    if (has) return {};
    ++report_.blobs;
    const auto put = store_.blobs->Put(std::move(blob.content));
    return put.ok() ? Status() : Status(put.error());
  }
  Status Flush() {
    if (request_.events.empty()) return {};
    RETURN_IF_ERROR(store_.blobs->Sync());
    report_.events += request_.events.size();
    bytes_ = 0;
    const auto appended = store_.log->Append(std::exchange(request_, {}));
    return appended.ok() ? Status() : Status(appended.error());
  }

  const Context& context_;
  store::Store& store_;
  Known known_;
  const Way way_;
  const Seq after_;
  EventsImportReport& report_;
  store::AppendRequest request_;
  size_t bytes_ = 0;
};

// The store, as far as there is one. A dry run only looks.
Result<std::unique_ptr<store::Store>> OpenStore(const Context& context) {
  if (context.dry_run) {
    auto reader = store::Store::OpenReader(context.store, *context.clock);
    if (!reader.ok() && reader.error().code == Code::kNotFound) return std::unique_ptr<store::Store>();
    return reader;
  }
  store::DatabaseOptions options = context.database;
  options.long_lived = true;
  auto writer = store::Store::OpenWriter(context.store, context.command, context.lock_timeout_ms, *context.clock, options);
  if (!writer.ok() && writer.error().code == Code::kNotFound) return std::unique_ptr<store::Store>();
  return writer;
}

// Conflicts are found before anything is written.
Status CheckMerge(const store::Store& store, const std::filesystem::path& file, const Checked& checked, EventsImportReport& report) {
  RETURN_IF_ERROR(CheckCollections(*store.log, checked));
  ASSIGN_OR_RETURN(auto reader, EventsReader::Open(file));
  Known known(*store.log);
  std::optional<FileHeader> header;
  std::optional<FileBlob> blob;
  std::optional<FileEvent> event;
  Seq missing = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(header, blob, event));
    if (!more) break;
    if (!event) continue;
    ASSIGN_OR_RETURN(const bool has, known.Has(*event));
    if (!has) ++missing;
  }
  report.way = missing == 0 ? Way::kNothing : Way::kMerged;
  return {};
}

}  // namespace

const char* ImportWayName(Way way) {
  switch (way) {
    case Way::kNothing:
      return "nothing";
    case Way::kContinued:
      return "continued";
    case Way::kMerged:
      return "merged";
  }
  return "";
}

Result<EventsImportReport> ImportEvents(const Context& context, const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto first, EventsReader::Open(file));
  ASSIGN_OR_RETURN(auto store, OpenStore(context));
  EventsImportReport report;
  const Seq head = store ? store->log->head() : 0;
  const Digest hash = store ? store->log->head_hash() : Digest{};
  ASSIGN_OR_RETURN(const auto checked, EventsCheck(context, first, store ? store->blobs.get() : nullptr).Run(head));
  if (head <= checked.header.events && checked.hash_at == hash) {
    report.way = head == checked.header.events ? Way::kNothing : Way::kContinued;
  } else {
    RETURN_IF_ERROR(CheckMerge(*store, file, checked, report));
  }
  if (context.dry_run || (report.way == Way::kNothing && store)) {
    report.head = head;
    report.head_hash = hash;
    return report;
  }
  if (!store) {
    ASSIGN_OR_RETURN(store,
                     store::Store::Create(context.store, context.command, context.lock_timeout_ms, *context.clock, context.database));
  }
  ASSIGN_OR_RETURN(auto second, EventsReader::Open(file));
  RETURN_IF_ERROR(Appender(context, *store, report.way, head, report).Run(second, checked.header.events));
  report.head = store->log->head();
  report.head_hash = store->log->head_hash();
  return report;
}

}  // namespace skilltrail::upkeep
