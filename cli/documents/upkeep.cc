#include "cli/documents/upkeep.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli::documents {
namespace {

Json HeadJson(Seq seq, const Digest& hash) {
  return {{"seq", seq}, {"hash", seq == 0 ? Json() : Json(hash.hex())}};
}

}  // namespace

Json DoctorJson(const upkeep::DoctorReport& report) {
  Json findings = Json::array();
  for (const auto& finding : report.findings) {
    findings.push_back({{"check", finding.check},
                        {"severity", finding.damage ? "damage" : "untidy"},
                        {"problem", finding.problem},
                        {"fix", TextOrNull(finding.fix)},
                        {"mendable", finding.mendable},
                        {"fixed", finding.fixed}});
  }
  Json limits = Json::array();
  for (const auto& limit : report.limits) {
    limits.push_back({{"host", limit.host},
                      {"token", TextOrNull(limit.token)},
                      {"limit", limit.limit},
                      {"remaining", limit.remaining},
                      {"reset_at", TimeOrNull(limit.reset_at)},
                      {"said_at", TimeOrNull(limit.said_at)}});
  }
  return {{"healthy", report.healthy()},
          {"head_seq", report.head},
          {"checks", report.checks},
          {"findings", std::move(findings)},
          {"limits", std::move(limits)}};
}

Json RebuildJson(const upkeep::RebuildReport& report, bool dry_run) {
  return {{"head_seq", report.head},
          {"dry_run", dry_run},
          {"index",
           {{"entries", report.index.entries},
            {"added", report.index.added},
            {"changed", report.index.changed},
            {"removed", report.index.removed}}},
          {"checkpoints",
           {{"count", report.checkpoints.checkpoints}, {"written", report.checkpoints.written}, {"dropped", report.checkpoints.dropped}}}};
}

Json BackupJson(const upkeep::BackupReport& report) {
  return {{"path", report.path.string()}, {"head", HeadJson(report.head, report.head_hash)}, {"bytes", report.bytes}};
}

Json SalvageJson(const upkeep::SalvageReport& report) {
  Json events = Json::array();
  for (const auto& [first, last] : report.lost_events) events.push_back({{"first", first}, {"last", last}});
  Json blobs = Json::array();
  for (const auto& digest : report.lost_blobs) blobs.push_back(digest.hex());
  return {{"path", report.path.string()},
          {"events", report.events},
          {"head", HeadJson(report.head, report.head_hash)},
          {"blobs", report.blobs},
          {"lost_events", std::move(events)},
          {"lost_blobs", std::move(blobs)},
          {"lost_blob_count", report.lost_blob_count},
          {"moved_from", report.moved_from == 0 ? Json() : Json(report.moved_from)},
          {"notes", report.notes}};
}

Json EventsExportJson(const upkeep::EventsExportReport& report, const std::string& file) {
  return {{"file", file},
          {"events", report.events},
          {"head", HeadJson(report.events, report.head_hash)},
          {"blobs", report.blobs},
          {"bytes", report.bytes}};
}

Json EventsImportJson(const upkeep::EventsImportReport& report, const std::string& file, bool dry_run) {
  return {
      {"file", file},          {"way", upkeep::ImportWayName(report.way)},        {"events", report.events}, {"skipped", report.skipped},
      {"blobs", report.blobs}, {"head", HeadJson(report.head, report.head_hash)}, {"dry_run", dry_run}};
}

}  // namespace skilltrail::cli::documents
