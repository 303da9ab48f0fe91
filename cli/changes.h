// Changes on disk, for people: `capture` and `status`.
#pragma once

#include <vector>

#include "cli/output.h"
#include "engine/session/capture.h"

namespace skilltrail::cli {

// An artifact a line, its files below it.
void PrintChanges(const std::vector<CapturedChange>& changes, Output& out);

}  // namespace skilltrail::cli
