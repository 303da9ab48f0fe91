#include "cli/documents/audit.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli::documents {
namespace {

void AddOrigin(Json& json, const query::BlameStep& step) {
  json["seq"] = step.change.seq;
  json["recorded_at"] = TimeOrNull(step.change.recorded_at);
  json["run_seq"] = step.run.seq == 0 ? Json() : Json(step.run.seq);
  json["run_id"] = step.change.run.text();
  json["actor"] = TextOrNull(step.run.actor);
  json["command"] = TextOrNull(step.run.command);
  json["type"] = step.change.type;
  json["source"] = TextOrNull(step.change.source);
  json["commit"] = TextOrNull(step.change.commit);
  json["validator"] = TextOrNull(step.change.validator);
}

Json EntryJson(const query::BlameEntry& entry) {
  Json json = {{"field", entry.field}, {"value", entry.gone ? Json() : Json(entry.set.change.value)}};
  AddOrigin(json, entry.set);
  json["removed"] = nullptr;
  if (entry.gone) {
    json["removed"] = Json::object();
    AddOrigin(json["removed"], entry.removed);
  }
  json["history"] = Json::array();
  for (const auto& step : entry.history) {
    Json one = {{"change", step.change.removed ? "removed" : "set"}, {"value", step.change.removed ? Json() : Json(step.change.value)}};
    AddOrigin(one, step);
    json["history"].push_back(std::move(one));
  }
  json["imports"] = Json::array();
  for (const auto& [import, has] : entry.imports) {
    json["imports"].push_back({{"seq", import.seq},
                               {"recorded_at", TimeOrNull(import.recorded_at)},
                               {"source", TextOrNull(import.source)},
                               {"validator", TextOrNull(import.validator)},
                               {"has", has}});
  }
  return json;
}

Json CountsJson(const char* what, const std::vector<query::EventCount>& counts) {
  Json list = Json::array();
  for (const auto& count : counts) list.push_back({{what, count.what}, {"events", count.events}, {"bytes", count.bytes}});
  return list;
}

}  // namespace

Json BlameJson(const query::BlameReport& report) {
  Json blame = Json::array();
  for (const auto& entry : report.entries) blame.push_back(EntryJson(entry));
  return {{"artifact_id", report.artifact}, {"blame", std::move(blame)}, {"as_of", MomentJson(report.as_of)}};
}

Json StatsJson(const query::StatsReport& report) {
  Json artifacts = Json::array();
  for (const auto& count : report.by_artifact) {
    artifacts.push_back({{"collection", count.collection}, {"artifact_id", count.what}, {"events", count.events}, {"bytes", count.bytes}});
  }
  Json cache = Json::array();
  for (const auto& kind : report.cache) cache.push_back({{"kind", kind.kind}, {"entries", kind.entries}, {"bytes", kind.bytes}});
  Json disk = Json::array();
  uint64_t total = 0;
  for (const auto& size : report.disk) {
    disk.push_back({{"family", size.family}, {"bytes", size.bytes}});
    total += size.bytes;
  }
  return {{"head", {{"seq", report.head}, {"hash", report.head == 0 ? Json() : Json(report.head_hash.hex())}}},
          {"events", report.head},
          {"event_bytes", report.event_bytes},
          {"runs", report.runs},
          {"by_type", CountsJson("type", report.by_type)},
          {"artifact_count", report.artifacts},
          {"by_artifact", std::move(artifacts)},
          {"by_month", CountsJson("month", report.by_month)},
          {"blobs",
           {{"trees", report.trees},
            {"files", report.tree_files},
            {"file_bytes", report.tree_file_bytes},
            {"blobs", report.blobs},
            {"blob_bytes", report.blob_bytes},
            {"shared_blobs", report.shared_blobs},
            {"missing_trees", report.missing_trees}}},
          {"checkpoints", {{"count", report.checkpoints}, {"bytes", report.checkpoint_bytes}}},
          {"cache", std::move(cache)},
          {"disk", std::move(disk)},
          {"disk_bytes", total}};
}

}  // namespace skilltrail::cli::documents
