// Completion scripts and the man page, made from the command table.
#pragma once

#include <string>

#include "cli/command.h"

namespace skilltrail::cli {

// The word by which a script asks the hidden command __complete for candidates: "artifact", "point".
const char* CompletesName(Completes completes);
std::string BashCompletion();
std::string ZshCompletion();
std::string FishCompletion();
// In roff's man macros, section 1.
std::string ManPage();

}  // namespace skilltrail::cli
