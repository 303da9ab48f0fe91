#include "cli/documents/history.h"

#include <nlohmann/json.hpp>

#include "cli/documents/snapshot.h"
#include "events/name.h"

namespace skilltrail::cli::documents {
namespace {

Json ValueJson(const query::DiffValue& value) {
  if (!value.present) return nullptr;
  return value.list ? Json(*value.list) : Json(value.text);
}

Json FactsJson(const RunFacts& run) {
  return {{"seq", run.seq},
          {"run_id", run.id.text()},
          {"started_at", TimeOrNull(run.started_at)},
          {"actor", run.actor},
          {"command", run.command},
          {"events", run.events},
          {"last_seq", run.last_seq},
          {"status", run.status ? Json(schema::EnumNameRunStatus(*run.status)) : Json()}};
}

Json ArtifactJson(const query::ArtifactDiff& artifact, bool count, bool content) {
  Json fields = Json::array();
  for (const auto& field : artifact.fields) {
    fields.push_back({{"field", field.field}, {"before", ValueJson(field.before)}, {"after", ValueJson(field.after)}});
  }
  Json files = Json::array();
  for (const auto& file : artifact.files) {
    Json one = {{"path", file.path}, {"change", collection::FileChangeName(file.kind)}};
    if (count) {
      one["lines_added"] = file.lines_added;
      one["lines_removed"] = file.lines_removed;
    }
    if (content) one["diff"] = ToUtf8(file.unified);
    files.push_back(std::move(one));
  }
  Json json = {{"artifact_id", artifact.artifact}};
  if (!artifact.side.empty()) json["side"] = artifact.side;
  json["change"] = artifact.change;
  json["fields"] = std::move(fields);
  json["files"] = std::move(files);
  return json;
}

}  // namespace

Json RunsJson(const std::vector<RunFacts>& runs) {
  Json list = Json::array();
  for (const auto& run : runs) list.push_back(FactsJson(run));
  return {{"runs", std::move(list)}};
}

Json KeptReport(const query::RunReport& report) {
  if (report.refresh.empty()) return nullptr;
  Json kept = Json::parse(report.refresh, nullptr, false);
  return kept.is_discarded() ? Json() : kept;
}

Json RunJson(const query::RunReport& report) {
  Json json = FactsJson(report.run);
  json["message"] = TextOrNull(report.run.message);
  json["collection"] = TextOrNull(report.run.collection);
  Json artifacts = Json::array();
  for (const auto& artifact : report.artifacts) artifacts.push_back(ArtifactJson(artifact, false, false));
  json["artifacts"] = std::move(artifacts);
  Json deployments = Json::array();
  for (const auto& one : report.deployments) {
    deployments.push_back({{"project", one.project}, {"artifact_id", one.artifact}, {"type", one.type}});
  }
  json["deployments"] = std::move(deployments);
  json["refresh"] = KeptReport(report);
  return json;
}

Json UndoJson(const snapshot::UndoReport& report) {
  Json json = {{"undone", FactsJson(report.undone)}};
  json.update(RestoreJson(report.restore));
  return json;
}

Json DiffJson(const query::DiffReport& report, const query::DiffRequest& request) {
  Json json;
  if (!report.project.empty()) json["project_path"] = report.project.string();
  json["from"] = report.from ? MomentJson(*report.from) : Json();
  json["to"] = report.to ? MomentJson(*report.to) : Json();
  Json artifacts = Json::array();
  for (const auto& artifact : report.artifacts) artifacts.push_back(ArtifactJson(artifact, request.count, request.content));
  json["artifacts"] = std::move(artifacts);
  return json;
}

}  // namespace skilltrail::cli::documents
