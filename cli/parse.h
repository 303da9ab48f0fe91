// Parse: from argv to a command of the table and its arguments. The .cc is the only file with CLI11, which costs 14 s to compile.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/command.h"
#include "events/result.h"

namespace skilltrail::cli {

struct Parsed {
  const Command* command = nullptr;  // null: none was named
  const Group* group = nullptr;      // a group without one of its commands: for its help
  Arguments arguments = {};
};

// `words` is argv without the program. kUsage with a suggestion for an unknown command, option or choice, a missing or surplus argument.
// Where --help is among the options nothing is missed.
Result<Parsed> Parse(const std::vector<std::string>& words);

}  // namespace skilltrail::cli
