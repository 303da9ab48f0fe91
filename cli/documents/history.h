// runs, undo, diff.
#pragma once

#include <vector>

#include "cli/documents/json.h"
#include "engine/query/diff.h"
#include "engine/query/runs.h"
#include "engine/snapshot/undo.h"

namespace skilltrail::cli::documents {

// {"runs": [...]}
Json RunsJson(const std::vector<RunFacts>& runs);
// A run as in the list, and {"message", "collection", "artifacts": [as in diff], "deployments": [{"project", "artifact_id", "type"}],
// "refresh": the refresh's document or null}
Json RunJson(const query::RunReport& report);
// The report that a refresh left behind; null if there is none, or it cannot be read.
Json KeptReport(const query::RunReport& report);
// A restore's document with {"undone": a run as in the list} before it.
Json UndoJson(const snapshot::UndoReport& report);
// {"from", "to", "artifacts"}; of a project "project_path" before them and "side" in each artifact. A file has "lines_added" and
// "lines_removed" where lines were counted, "diff" where content was asked for.
Json DiffJson(const query::DiffReport& report, const query::DiffRequest& request);

}  // namespace skilltrail::cli::documents
