// snapshot export, import, verify.
#pragma once

#include "cli/documents/json.h"
#include "engine/snapshot/archive_check.h"
#include "engine/snapshot/export.h"
#include "engine/snapshot/import.h"

namespace skilltrail::cli::documents {

// The snapshot, with its tarball_path, "events", "artifacts", "files", "bytes", "sha256", "dry_run"
Json ExportJson(const snapshot::ExportReport& report, bool dry_run);
// {"collection_name", "path", "brought": "nothing"|"history"|"state", "events", "known_events", "artifact_count", "snapshots", "run_id",
// "dry_run", "notes"}
Json ImportJson(const snapshot::ImportReport& report, bool dry_run);
// {"ok", "file", "collection_name", "snapshot": {"id", "name", "message", "timestamp"}, "events", "artifacts", "files", "bytes", "sha256",
// "problems"}
Json ArchiveJson(const snapshot::ArchiveReport& report);

const char* BroughtName(snapshot::ImportReport::Brought brought);

}  // namespace skilltrail::cli::documents
