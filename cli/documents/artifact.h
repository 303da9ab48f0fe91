// show, list, tags.
#pragma once

#include "cli/documents/json.h"
#include "engine/curate/curate.h"
#include "engine/query/query.h"

namespace skilltrail::cli::documents {

// `show`, and an element of `list`.
Json ArtifactJson(const projections::ArtifactState& artifact, const Moment& as_of);
// {"artifacts": [...], "as_of"}
Json ListJson(const query::ListReport& report);
// {"artifact_id", "tags": [{"tag", "provenance", "seq", "recorded_at"}], "tags_imported_at", "tags_checked_at", "as_of"}
Json TagsJson(const query::TagsReport& report);
// {"tags": [{"tag", "artifact_count", "first_seq", "first_at", "last_seq", "last_at"}], "as_of"}
Json AllTagsJson(const query::TagsReport& report);
// {"artifact_id", "history": [...]} oldest first
Json TagHistoryJson(const query::TagHistoryReport& report);
// {"artifact_id", "run_id", "dry_run", "added", "removed", "tags"}
Json EditTagsJson(const curate::EditTagsReport& report, bool dry_run);

}  // namespace skilltrail::cli::documents
