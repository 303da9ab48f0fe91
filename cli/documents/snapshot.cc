#include "cli/documents/snapshot.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli::documents {

Json SnapshotJson(const snapshot::SnapshotReport& report) {
  const auto& snapshot = report.snapshot;
  return {{"id", snapshot.id},
          {"name", TextOrNull(snapshot.name)},
          {"timestamp", TimeOrNull(snapshot.created_at)},
          {"message", TextOrNull(snapshot.message)},
          {"collection_name", snapshot.collection},
          {"artifact_count", snapshot.artifact_count},
          {"seq", snapshot.seq},
          {"hash", report.hash.zero() ? Json() : Json(report.hash.hex())},
          {"tarball_path", TextOrNull(report.tarball_path)}};
}

Json SnapshotsJson(const snapshot::ListReport& report) {
  Json items = Json::array();
  for (const auto& item : report.items) items.push_back(SnapshotJson(item));
  return {{"items", std::move(items)}, {"next_cursor", TextOrNull(report.next_cursor)}};
}

Json SnapshotDeletedJson(const snapshot::DeleteReport& report, bool dry_run) {
  Json document = SnapshotJson(report.snapshot);
  document["run_id"] = TextOrNull(report.run_id);
  document["dry_run"] = dry_run;
  return document;
}

Json PruneJson(const snapshot::PruneReport& report) {
  Json items = Json::array();
  for (const auto& item : report.items) {
    Json one = SnapshotJson(item.snapshot);
    one["action"] = item.verdict.keep ? "keep" : "drop";
    one["reasons"] = item.verdict.reasons;
    items.push_back(std::move(one));
  }
  return {{"collection_name", report.collection},
          {"items", std::move(items)},
          {"kept", report.kept},
          {"dropped", report.dropped},
          {"applied", report.applied},
          {"run_id", TextOrNull(report.run_id)}};
}

const char* ActionName(snapshot::PlannedArtifact::Action action) {
  switch (action) {
    case snapshot::PlannedArtifact::Action::kCreate:
      return "create";
    case snapshot::PlannedArtifact::Action::kUpdate:
      return "update";
    case snapshot::PlannedArtifact::Action::kRemove:
      return "remove";
    case snapshot::PlannedArtifact::Action::kKeep:
      return "keep";
  }
  return "";
}

Json RestoreJson(const snapshot::RestoreReport& report) {
  Json plan = Json::array();
  for (const auto& one : report.plan)
    plan.push_back({{"artifact_id", one.artifact}, {"action", ActionName(one.action)}, {"files", one.files}, {"bytes", one.bytes}});
  return {{"as_of", MomentJson(report.as_of)},
          {"plan", std::move(plan)},
          {"applied", report.applied},
          {"run_id", TextOrNull(report.run_id)},
          {"safety_seq", report.safety_seq == 0 ? Json() : Json(report.safety_seq)}};
}

Json VerifyJson(const query::VerifyReport& report) {
  return {{"ok", report.ok},
          {"events", report.events},
          {"head", {{"seq", report.head_seq}, {"hash", report.head_seq == 0 ? Json() : Json(report.head_hash.hex())}}},
          {"blobs", report.blobs},
          {"first_bad", report.first_bad == 0 ? Json() : Json(report.first_bad)},
          {"problems", report.problems}};
}

Json HeadJson(const query::HeadReport& report) {
  const auto& head = report.head;
  return {{"seq", head.size},
          {"hash", head.size == 0 ? Json() : Json(head.root.hex())},
          {"logged_at", TimeOrNull(report.logged_at)},
          {"origin", head.origin},
          {"signed", head.signature.has_value()},
          {"line", head.line()}};
}

}  // namespace skilltrail::cli::documents
