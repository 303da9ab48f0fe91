// What changes a collection, and what it holds: init, collection, adopt, add, remove, capture, status.
#pragma once

#include <vector>

#include "cli/documents/json.h"
#include "engine/curate/curate.h"
#include "engine/query/query.h"

namespace skilltrail::cli::documents {

// {"store", "collection", "created"}
Json InitJson(const curate::InitReport& report);
// {"name", "path", "default", "artifact_count"}
Json CollectionJson(const curate::CollectionReport& report);
// {"collections": [...]}
Json CollectionsJson(const std::vector<curate::CollectionReport>& reports);
// {"name", "path", "artifact_count", "was_default", "run_id", "dry_run", "notes"}
Json RemoveCollectionJson(const curate::RemoveCollectionReport& report, bool dry_run);
// {"collections", "dry_run", "notes"}
Json AdoptJson(const curate::AdoptReport& report, bool dry_run);
// {"collection", "run_id", "dry_run", "summary": {"added", "skipped", "errors"}, "items": [{"artifact_id", "source", "path", "status",
// "reason", "code", "files"}], "notes"}
Json AddJson(const curate::AddReport& report, bool dry_run);
// {"collection", "run_id", "dry_run", "removed", "notes"}
Json RemoveJson(const curate::RemoveReport& report, bool dry_run);
// {"collection", "dry_run", "changes": [{"artifact_id", "change", "files": [{"path", "change"}]}], "notes"}
Json CaptureJson(const CaptureReport& report, bool dry_run);
// {"store", "collection", "path", "as_of", "artifact_count", "by_type", "uncaptured": [as capture's changes], "last_refreshed_at",
// "deployment_count",
//  "open_drift_count", "notes"}
Json StatusJson(const query::StatusReport& report);

const char* AddedStatusName(curate::AddedItem::Status status);
// [{"path", "change"}]
Json FileChangesJson(const std::vector<collection::FileChange>& files);

}  // namespace skilltrail::cli::documents
