// KeyFile: the content of a file that holds a key, named by an option.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "events/result.h"

namespace skilltrail::cli {

// kUsage naming option and file if it cannot be read or is larger than any key. What stands in it is not looked at, nor repeated.
Result<std::string> ReadKeyFile(const Arguments& arguments, std::string_view option);

}  // namespace skilltrail::cli
