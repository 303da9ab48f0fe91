// blame, stats.
#pragma once

#include "cli/documents/json.h"
#include "engine/query/blame.h"
#include "engine/query/stats.h"

namespace skilltrail::cli::documents {

// {"artifact_id", "blame": [{"field", "value", "seq", "recorded_at", "run_seq", "run_id", "actor", "command", "type", "source", "commit",
// "validator", "removed": {"seq", "recorded_at", "run_seq", "actor", "command", "type"}|null, "history": [{"change": "set"|"removed",
// ...}], "imports": [{"seq", "recorded_at", "source", "validator", "has"}]}], "as_of"}; value is null where it is gone, history and imports
// are empty unless the field was asked for by name
Json BlameJson(const query::BlameReport& report);
// {"head", "events", "event_bytes", "runs", "by_type": [{"type", "events", "bytes"}], "artifact_count", "by_artifact": [{"collection",
// "artifact_id", "events", "bytes"}], "by_month": [{"month", "events", "bytes"}], "blobs": {...}, "checkpoints", "cache", "disk"}
Json StatsJson(const query::StatsReport& report);

}  // namespace skilltrail::cli::documents
