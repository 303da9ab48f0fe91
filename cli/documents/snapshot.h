// snapshot, restore, verify.
#pragma once

#include "cli/documents/json.h"
#include "engine/query/head.h"
#include "engine/query/verify.h"
#include "engine/snapshot/prune.h"
#include "engine/snapshot/restore.h"
#include "engine/snapshot/snapshot.h"

namespace skilltrail::cli::documents {

Json SnapshotJson(const snapshot::SnapshotReport& report);
// {"items": [...], "next_cursor"}
Json SnapshotsJson(const snapshot::ListReport& report);
// The snapshot, "run_id", "dry_run"
Json SnapshotDeletedJson(const snapshot::DeleteReport& report, bool dry_run);
// {"collection_name", "items": [the snapshot, "action": "keep"|"drop", "reasons"], "kept", "dropped", "applied", "run_id"}
Json PruneJson(const snapshot::PruneReport& report);
// {"as_of", "plan": [{"artifact_id", "action", "files", "bytes"}], "applied", "run_id", "safety_seq"}
Json RestoreJson(const snapshot::RestoreReport& report);
// {"ok", "events", "head": {"seq", "hash"}, "blobs", "first_bad", "problems"}
Json VerifyJson(const query::VerifyReport& report);
// {"seq", "hash", "logged_at", "origin", "signed", "line"}
Json HeadJson(const query::HeadReport& report);

const char* ActionName(snapshot::PlannedArtifact::Action action);

}  // namespace skilltrail::cli::documents
