#include "engine/snapshot/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "engine/snapshot/export.h"
#include "events/name.h"

namespace skilltrail::snapshot {

Result<SnapshotReport> Describe(const store::EventLog& log, projections::SnapshotInfo info) {
  SnapshotReport report;
  report.snapshot = std::move(info);
  Status found = log.At(
      report.snapshot.seq,
      [&](const store::StoredEvent& event) {
        report.hash = event.hash;
        return store::Visit::kStop;
      },
      true);
  if (!found.ok()) return found.error();
  return report;
}

namespace {

constexpr std::string_view kCursorPrefix = "before-";

// What a snapshot is of: everything but the marks of looking.
schema::ArtifactRecordT WithoutMarks(const projections::ArtifactState& artifact) {
  schema::ArtifactRecordT record = artifact;
  record.tags_checked_at = 0;
  record.last_refreshed_at = 0;
  record.changed_seq = 0;
  return record;
}

bool Same(const projections::CollectionState& a, const projections::CollectionState& b) {
  const auto left = a.artifacts(), right = b.artifacts();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto* x, const auto* y) { return WithoutMarks(*x) == WithoutMarks(*y); });
}

// The newest snapshot of the collection if nothing has changed since.
Result<std::optional<projections::SnapshotInfo>> Unchanged(Writing& writing, const projections::CollectionState& now,
                                                           const std::vector<projections::SnapshotInfo>& snapshots) {
  const projections::SnapshotInfo* newest = nullptr;
  for (const auto& one : snapshots) {
    if (one.collection == now.name()) newest = &one;
  }
  if (newest == nullptr) return std::optional<projections::SnapshotInfo>();
  auto then = writing.reading().states().CollectionAt(now.name(), newest->seq);
  if (!then.ok()) return then.error();
  return Same(*then, now) ? std::optional(*newest) : std::optional<projections::SnapshotInfo>();
}

Result<SnapshotReport> CreateOne(const Context& context, const CreateRequest& request) {
  if (!request.name.empty()) {
    if (Status good = CheckName(request.name, "snapshot"); !good.ok()) return good.error();
  }
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto snapshots = writing.reading().states().SnapshotsAt(writing.reading().log().head());
  if (!snapshots.ok()) return snapshots.error();
  auto captured = Capture(writing, "");
  if (!captured.ok()) return captured.error();
  auto state = writing.Collection(captured->collection);
  if (!state.ok()) return state.error();
  if (request.skip_if_unchanged) {
    auto same = Unchanged(writing, **state, *snapshots);
    if (!same.ok()) return same.error();
    if (*same) {
      auto report = Describe(writing.reading().log(), std::move(**same));
      if (report.ok()) report->notes.push_back("nothing has changed since: no new snapshot");
      return report;
    }
  }
  Micros now = writing.now();
  for (const auto& one : *snapshots) {
    if (!request.name.empty() && one.name == request.name && one.collection == (*state)->name()) {
      return Error{Code::kConflict, fmt::format("collection \"{}\" has a snapshot \"{}\" already", one.collection, one.name),
                   "choose another name"};
    }
    if (one.id >= FormatSnapshotId(now)) now = std::max(now, one.created_at) + 1;
  }
  projections::SnapshotInfo info;
  info.id = FormatSnapshotId(now);
  info.name = request.name;
  info.message = context.message;
  info.collection = (*state)->name();
  info.artifact_count = static_cast<uint32_t>((*state)->size());
  info.created_at = now;
  schema::SnapshotCreatedT event;
  event.id = info.id;
  event.name = info.name;
  event.message = info.message;
  event.artifact_count = info.artifact_count;
  info.seq = writing.Add({info.collection, {}, {}, std::move(event)});
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  if (writing.dry_run()) return SnapshotReport{std::move(info), {}, {}, {}};
  auto report = CreatedAt(writing.reading(), info.seq);
  if (report.ok()) report->notes = writing.notes();
  return report;
}

}  // namespace

Result<SnapshotReport> Create(const Context& context, const CreateRequest& request) {
  if (!request.export_to.empty()) RETURN_IF_ERROR(CheckExportTarget(request.export_to));
  ASSIGN_OR_RETURN(auto report, CreateOne(context, request));
  if (request.export_to.empty() || context.dry_run) return report;
  // The writer's lock is given back: an export may take long, and only reads.
  const auto notes = report.notes;
  const std::string id = report.snapshot.id;
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  auto exported = ExportSnapshot(*reading, std::move(report), request.export_to);
  if (!exported.ok()) {
    const Error& why = exported.error();
    return Error{why.code, fmt::format("snapshot {} was made, and not exported: {}", id, why.message),
                 why.hint.empty() ? fmt::format("skilltrail snapshot export {} FILE", id) : why.hint};
  }
  exported->snapshot.notes = notes;
  return std::move(exported->snapshot);
}

Result<SnapshotReport> CreatedAt(Reading& reading, Seq seq) {
  auto snapshots = reading.states().SnapshotsAt(seq);
  if (!snapshots.ok()) return snapshots.error();
  if (snapshots->empty() || snapshots->back().seq != seq) return Error{Code::kNotFound, fmt::format("event {} made no snapshot", seq), {}};
  return Describe(reading.log(), std::move(snapshots->back()));
}

Result<SnapshotReport> Show(Reading& reading, const std::string& snapshot) {
  auto found = reading.FindSnapshot(snapshot);
  if (!found.ok()) return found.error();
  return Describe(reading.log(), std::move(*found));
}

Result<ListReport> List(Reading& reading, const ListRequest& request) {
  if (request.limit < 1 || request.limit > 100)
    return Error{Code::kUsage, fmt::format("limit {} is not between 1 and 100", request.limit), {}};
  Seq before = UINT64_MAX;
  if (!request.cursor.empty()) {
    const std::string_view digits = std::string_view(request.cursor).substr(std::min(request.cursor.size(), kCursorPrefix.size()));
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), before);
    if (!request.cursor.starts_with(kCursorPrefix) || parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
      return Error{Code::kUsage, fmt::format("{} is no cursor", Quote(request.cursor)), "use the next_cursor of the page before"};
    }
  }
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  const std::string& collection = reading.context().collection;
  if (!collection.empty()) {
    if (auto known = reading.Collection(collection, *moment); !known.ok()) return known.error();
  }
  auto snapshots = reading.states().SnapshotsAt(moment->seq);
  if (!snapshots.ok()) return snapshots.error();
  ListReport report;
  for (auto one = snapshots->rbegin(); one != snapshots->rend(); ++one) {
    if (one->seq >= before || (!collection.empty() && one->collection != collection)) continue;
    if (report.items.size() == request.limit) {
      report.next_cursor = fmt::format("{}{}", kCursorPrefix, report.items.back().snapshot.seq);
      break;
    }
    auto described = Describe(reading.log(), std::move(*one));
    if (!described.ok()) return described.error();
    report.items.push_back(std::move(*described));
  }
  return report;
}

}  // namespace skilltrail::snapshot
