// EventChange: what an event changed, as lines for people: fields before and after, tags that came and went, files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "engine/query/log_query.h"

namespace skilltrail::cli {

struct ChangeLine {
  std::string text;  // one line, safe to print
  Paint paint = Paint::kNone;
};
// How a line of a unified diff is painted.
Paint UnifiedPaint(std::string_view line);

// Of files that are text the hunks of a unified diff, below the file's name; binary and large ones are named alone. Events that are no
// change of values or files tell their data, name by name. What cannot be read is said to be so.
std::vector<ChangeLine> EventChange(const query::LoggedEvent& event, const Reading& reading);

}  // namespace skilltrail::cli
