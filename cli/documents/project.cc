#include "cli/documents/project.h"

#include <nlohmann/json.hpp>

#include "cli/documents/collection.h"

namespace skilltrail::cli::documents {
namespace {

Json FieldsJson(const std::vector<deploy::DriftEntry::Field>& fields) {
  Json list = Json::array();
  for (const auto& field : fields) {
    list.push_back({{"field", field.field}, {"before", TextOrNull(field.before)}, {"after", TextOrNull(field.after)}});
  }
  return list;
}

Json EntryJson(const deploy::DriftEntry& entry) {
  const auto colon = entry.artifact.find(':');
  const Json tags = entry.has_tag_changes ? Json{{"added", entry.tags_added}, {"removed", entry.tags_removed}} : Json();
  return {{"artifact_id", entry.artifact},
          {"artifact_name", entry.artifact.substr(colon + 1)},
          {"artifact_type", entry.artifact.substr(0, colon)},
          {"drift_type", schema::EnumNameDriftType(entry.verdict.type)},
          {"collection_sha", TextOrNull(entry.collection_sha)},
          {"project_sha", TextOrNull(entry.project_sha)},
          {"baseline_hash", TextOrNull(entry.baseline_hash)},
          {"current_hash", TextOrNull(entry.current_hash)},
          {"change_origin", TextOrNull(entry.verdict.change_origin)},
          {"recommendation", TextOrNull(entry.verdict.recommendation)},
          {"modification_detected_at", TimeOrNull(entry.modification_detected_at)},
          {"last_deployed", TimeOrNull(entry.last_deployed)},
          {"tags_imported_at", TimeOrNull(entry.tags_imported_at)},
          {"tags_changed_since_deploy", tags},
          {"fields", FieldsJson(entry.fields)},
          {"files", FileChangesJson(entry.files)},
          {"error", TextOrNull(entry.error)}};
}

Json DeploymentJson(const projections::Deployment& deployment) {
  const auto& drift = deployment.drift;
  return {{"artifact_id", deployment.artifact},
          {"collection", deployment.collection},
          {"profile", deployment.profile},
          {"profile_root", deployment.profile_root},
          {"path", deployment.path},
          {"content_hash", deployment.content_hash},
          {"tree", deployment.tree.zero() ? Json() : Json(deployment.tree.hex())},
          {"tags", deployment.tags},
          {"deployed_at", TimeOrNull(deployment.deployed_at)},
          {"drift_type", drift ? Json(schema::EnumNameDriftType(drift->type)) : Json()},
          {"modification_detected_at", TimeOrNull(drift ? drift->detected_at : 0)}};
}

const char* StrategyName(deploy::PullStrategy strategy) {
  switch (strategy) {
    case deploy::PullStrategy::kOverwrite:
      return "overwrite";
    case deploy::PullStrategy::kMerge:
      return "merge";
    case deploy::PullStrategy::kFork:
      return "fork";
  }
  return "";
}

}  // namespace

Json DeployJson(const deploy::DeployReport& report, bool dry_run) {
  Json artifacts = Json::array();
  for (const auto& item : report.items) {
    artifacts.push_back(
        {{"artifact_id", item.artifact}, {"path", item.path}, {"merged_into", TextOrNull(item.merged_into)}, {"action", item.action}});
  }
  return {{"collection", report.collection},     {"project_path", report.project.string()},
          {"run_id", TextOrNull(report.run_id)}, {"dry_run", dry_run},
          {"artifacts", std::move(artifacts)},   {"notes", report.notes}};
}

Json DeployedJson(const deploy::DeployedReport& report) {
  Json projects = Json::array();
  for (const auto& project : report.projects) {
    Json artifacts = Json::array();
    for (const auto& deployment : project.deployments) artifacts.push_back(DeploymentJson(deployment));
    projects.push_back({{"project_path", project.path.string()}, {"exists", project.exists}, {"artifacts", std::move(artifacts)}});
  }
  return {{"projects", std::move(projects)}, {"as_of", MomentJson(report.as_of)}};
}

Json PullJson(const deploy::PullReport& report, bool dry_run) {
  Json artifacts = Json::array();
  for (const auto& item : report.items) {
    artifacts.push_back({{"artifact_id", item.artifact},
                         {"action", item.action},
                         {"fork", TextOrNull(item.fork)},
                         {"files", FileChangesJson(item.files)},
                         {"conflicts", item.conflicts}});
  }
  return {{"collection", report.collection},
          {"project_path", report.project.string()},
          {"strategy", StrategyName(report.strategy)},
          {"run_id", TextOrNull(report.run_id)},
          {"dry_run", dry_run},
          {"artifacts", std::move(artifacts)},
          {"notes", report.notes}};
}

Json DriftJson(const deploy::DriftReport& report) {
  using schema::DriftType;
  Json details = Json::array();
  for (const auto& entry : report.entries) details.push_back(EntryJson(entry));
  return {{"project_path", report.project.string()},
          {"collection_name", TextOrNull(report.collection)},
          {"checked_at", TimeOrNull(report.checked_at)},
          {"total_artifacts", report.total_artifacts},
          {"drifted_count", report.drifted()},
          {"modified_count", report.Count(DriftType::modified)},
          {"outdated_count", report.Count(DriftType::outdated)},
          {"conflict_count", report.Count(DriftType::conflict)},
          {"added_count", report.Count(DriftType::added)},
          {"removed_count", report.Count(DriftType::removed)},
          {"missing_count", report.Count(DriftType::missing)},
          {"unknown_count", report.Count(DriftType::unknown)},
          {"drift_details", std::move(details)}};
}

Json DriftsJson(const std::vector<deploy::DriftReport>& reports) {
  Json projects = Json::array();
  for (const auto& report : reports) projects.push_back(DriftJson(report));
  return {{"projects", std::move(projects)}};
}

}  // namespace skilltrail::cli::documents
