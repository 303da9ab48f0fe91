// Differences between artifacts, for people: `diff`, and what a run changed.
#pragma once

#include <vector>

#include "cli/output.h"
#include "engine/query/diff.h"

namespace skilltrail::cli {

// An artifact a line, its fields and files below it, and the unified text of its files where that was asked for.
void PrintDiffs(const std::vector<query::ArtifactDiff>& artifacts, Output& out);
// An artifact a line with its counts, and the sum of them.
void PrintDiffStat(const std::vector<query::ArtifactDiff>& artifacts, Output& out);

}  // namespace skilltrail::cli
