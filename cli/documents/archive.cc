#include "cli/documents/archive.h"

#include <nlohmann/json.hpp>

#include "cli/documents/snapshot.h"

namespace skilltrail::cli::documents {

Json ExportJson(const snapshot::ExportReport& report, bool dry_run) {
  Json document = SnapshotJson(report.snapshot);
  document["events"] = report.events;
  document["artifacts"] = report.artifacts;
  document["files"] = report.files;
  document["bytes"] = dry_run ? Json() : Json(report.bytes);
  document["sha256"] = dry_run ? Json() : Json(report.digest.hex());
  document["dry_run"] = dry_run;
  return document;
}

const char* BroughtName(snapshot::ImportReport::Brought brought) {
  using enum snapshot::ImportReport::Brought;
  return brought == kHistory ? "history" : brought == kState ? "state" : "nothing";
}

Json ImportJson(const snapshot::ImportReport& report, bool dry_run) {
  return {{"collection_name", report.collection},
          {"path", report.path.string()},
          {"brought", BroughtName(report.brought)},
          {"events", report.events},
          {"known_events", report.known},
          {"artifact_count", report.artifacts},
          {"snapshots", report.snapshots},
          {"run_id", TextOrNull(report.run_id)},
          {"dry_run", dry_run},
          {"notes", report.notes}};
}

Json ArchiveJson(const snapshot::ArchiveReport& report) {
  const auto& archive = report.archive;
  const auto& manifest = archive.manifest;
  Json document = {{"ok", report.ok}, {"file", report.file.string()}};
  const auto known = [&](Json value) { return report.ok ? std::move(value) : Json(); };
  document["collection_name"] = known(manifest.collection);
  document["snapshot"] = known({{"id", manifest.snapshot_id},
                                {"name", TextOrNull(manifest.snapshot_name)},
                                {"message", TextOrNull(manifest.snapshot_message)},
                                {"timestamp", TimeOrNull(manifest.snapshot_at)}});
  document["events"] = known(manifest.events);
  document["artifacts"] = known(manifest.artifacts);
  document["files"] = known(archive.files);
  document["bytes"] = known(archive.bytes);
  document["sha256"] = known(archive.digest.hex());
  document["problems"] = report.ok ? Json::array() : Json::array({report.problem});
  return document;
}

}  // namespace skilltrail::cli::documents
