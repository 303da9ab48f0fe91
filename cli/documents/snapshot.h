// snapshot, restore, verify.
#pragma once

#include "cli/documents/json.h"
#include "engine/query/verify.h"
#include "engine/snapshot/restore.h"
#include "engine/snapshot/snapshot.h"

namespace skilltrail::cli::documents {

Json SnapshotJson(const snapshot::SnapshotReport& report);
// {"items": [...], "next_cursor"}
Json SnapshotsJson(const snapshot::ListReport& report);
// {"as_of", "plan": [{"artifact_id", "action", "files"}], "applied", "run_id", "safety_seq"}
Json RestoreJson(const snapshot::RestoreReport& report);
// {"ok", "events", "head": {"seq", "hash"}, "blobs", "first_bad", "problems"}
Json VerifyJson(const query::VerifyReport& report);

const char* ActionName(snapshot::PlannedArtifact::Action action);

}  // namespace skilltrail::cli::documents
