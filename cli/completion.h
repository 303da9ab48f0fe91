// Completion scripts and the man page, made from the command table.
#pragma once

#include <string>

namespace skilltrail::cli {

std::string BashCompletion();
std::string ZshCompletion();
std::string FishCompletion();
// In roff's man macros, section 1.
std::string ManPage();

}  // namespace skilltrail::cli
