#include "cli/documents/collection.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/secrets.h"

namespace skilltrail::cli::documents {
namespace {

Json ChangesJson(const std::vector<CapturedChange>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    list.push_back({{"artifact_id", change.artifact}, {"change", change.change}, {"files", FileChangesJson(change.files)}});
  }
  return list;
}

Json CollectionList(const std::vector<curate::CollectionReport>& reports) {
  Json list = Json::array();
  for (const auto& report : reports) list.push_back(CollectionJson(report));
  return list;
}

}  // namespace

Json FileChangesJson(const std::vector<collection::FileChange>& files) {
  Json list = Json::array();
  for (const auto& file : files) list.push_back({{"path", file.path}, {"change", collection::FileChangeName(file.kind)}});
  return list;
}

Json InitJson(const curate::InitReport& report) {
  return {{"store", report.store.string()}, {"collection", report.collection}, {"created", !report.already}};
}

Json CollectionJson(const curate::CollectionReport& report) {
  return {{"name", report.name}, {"path", report.path.string()}, {"default", report.is_default}, {"artifact_count", report.artifact_count}};
}

Json CollectionsJson(const std::vector<curate::CollectionReport>& reports) {
  return {{"collections", CollectionList(reports)}};
}

Json RemoveCollectionJson(const curate::RemoveCollectionReport& report, bool dry_run) {
  return {{"name", report.name},
          {"path", report.path.string()},
          {"artifact_count", report.artifact_count},
          {"was_default", report.was_default},
          {"run_id", TextOrNull(report.run_id)},
          {"dry_run", dry_run},
          {"notes", report.notes}};
}

Json AdoptJson(const curate::AdoptReport& report, bool dry_run) {
  return {{"collections", CollectionList(report.collections)}, {"dry_run", dry_run}, {"notes", report.notes}};
}

const char* AddedStatusName(curate::AddedItem::Status status) {
  switch (status) {
    case curate::AddedItem::Status::kAdded:
      return "added";
    case curate::AddedItem::Status::kSkipped:
      return "skipped";
    case curate::AddedItem::Status::kError:
      return "error";
  }
  return "";
}

Json AddJson(const curate::AddReport& report, bool dry_run) {
  using Status = curate::AddedItem::Status;
  Json items = Json::array();
  for (const auto& item : report.items) {
    items.push_back({{"artifact_id", TextOrNull(item.artifact)},
                     {"source", TextOrNull(ScrubWord(item.source))},
                     {"path", TextOrNull(item.path)},
                     {"status", AddedStatusName(item.status)},
                     {"reason", TextOrNull(item.reason)},
                     {"code", item.status == Status::kError ? Json(CodeName(item.code)) : Json()},
                     {"files", item.files}});
  }
  const auto count = [&](Status status) {
    return std::count_if(report.items.begin(), report.items.end(), [&](const auto& item) { return item.status == status; });
  };
  return {{"collection", report.collection},
          {"run_id", TextOrNull(report.run_id)},
          {"dry_run", dry_run},
          {"summary", {{"added", count(Status::kAdded)}, {"skipped", count(Status::kSkipped)}, {"errors", count(Status::kError)}}},
          {"items", std::move(items)},
          {"notes", report.notes}};
}

Json RemoveJson(const curate::RemoveReport& report, bool dry_run) {
  return {{"collection", report.collection},
          {"run_id", TextOrNull(report.run_id)},
          {"dry_run", dry_run},
          {"removed", report.removed},
          {"notes", report.notes}};
}

Json CaptureJson(const CaptureReport& report, bool dry_run) {
  return {{"collection", report.collection}, {"dry_run", dry_run}, {"changes", ChangesJson(report.changes)}, {"notes", report.notes}};
}

Json StatusJson(const query::StatusReport& report) {
  Json refresh;
  if (const auto& last = report.last_refresh) {
    refresh = {{"seq", last->seq},
               {"recorded_at", TimeOrNull(last->recorded_at)},
               {"mode", schema::EnumNameRefreshMode(last->mode)},
               {"total", last->total},
               {"refreshed", last->refreshed},
               {"unchanged", last->unchanged},
               {"skipped", last->skipped},
               {"errors", last->errors}};
  }
  Json updates = Json::array();
  for (const auto& update : report.updates) {
    updates.push_back({{"artifact_id", update.artifact},
                       {"current_sha", TextOrNull(update.current_sha)},
                       {"upstream_sha", update.upstream_sha},
                       {"seen_at", TimeOrNull(update.seen_at)}});
  }
  Json projects = Json::array();
  for (const auto& project : report.projects) {
    projects.push_back({{"project_path", project.path.string()},
                        {"exists", project.exists},
                        {"deployment_count", project.deployments},
                        {"open_drift", project.open_drift}});
  }
  const bool limit_known = report.last_refresh && report.last_refresh->rate_limit_remaining;
  return {{"store", report.store.string()},
          {"collection", report.collection},
          {"path", report.path.string()},
          {"as_of", {{"seq", report.head}, {"logged_at", TimeOrNull(report.head_logged_at)}}},
          {"artifact_count", report.artifact_count},
          {"by_type", report.by_type},
          {"uncaptured", ChangesJson(report.uncaptured)},
          {"updates", std::move(updates)},
          {"last_refreshed_at", TimeOrNull(report.last_refreshed_at)},
          {"last_refresh", std::move(refresh)},
          {"rate_limit_remaining", limit_known ? Json(*report.last_refresh->rate_limit_remaining) : Json()},
          {"projects", std::move(projects)},
          {"deployment_count", report.deployments},
          {"open_drift_count", report.open_drift},
          {"notes", report.notes}};
}

}  // namespace skilltrail::cli::documents
