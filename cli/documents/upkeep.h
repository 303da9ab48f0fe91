// doctor, rebuild, backup, salvage, events export and import.
#pragma once

#include "cli/documents/json.h"
#include "engine/upkeep/backup.h"
#include "engine/upkeep/doctor.h"
#include "engine/upkeep/events_file.h"
#include "engine/upkeep/rebuild.h"
#include "engine/upkeep/salvage.h"

namespace skilltrail::cli::documents {

// {"healthy", "head_seq", "checks", "findings": [{"check", "severity": "damage"|"untidy", "problem", "fix", "mendable", "fixed"}],
// "limits": [{"host", "token", "limit", "remaining", "reset_at", "said_at"}]}; "token" is a fingerprint, null: asked without one
Json DoctorJson(const upkeep::DoctorReport& report);
// {"head_seq", "dry_run", "index": {"entries", "added", "changed", "removed"}, "checkpoints": {"count", "written", "dropped"}}
Json RebuildJson(const upkeep::RebuildReport& report, bool dry_run);
// {"path", "head": {"seq", "hash"}, "bytes"}
Json BackupJson(const upkeep::BackupReport& report);
// {"path", "events", "head", "blobs", "lost_events": [{"first", "last"}], "lost_blobs", "lost_blob_count", "moved_from", "notes"}
Json SalvageJson(const upkeep::SalvageReport& report);
// {"file", "events", "head", "blobs", "bytes"}
Json EventsExportJson(const upkeep::EventsExportReport& report, const std::string& file);
// {"file", "way": "nothing"|"continued"|"merged", "events", "skipped", "blobs", "head", "dry_run"}
Json EventsImportJson(const upkeep::EventsImportReport& report, const std::string& file, bool dry_run);

}  // namespace skilltrail::cli::documents
