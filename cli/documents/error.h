#pragma once

#include <string>
#include <vector>

#include "cli/documents/json.h"
#include "events/result.h"

namespace skilltrail::cli::documents {

// {"error": {"code", "message", "hint"}}
Json ErrorJson(const Error& error, const std::vector<std::string>& secrets);

}  // namespace skilltrail::cli::documents
