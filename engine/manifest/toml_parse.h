// Reads TOML. The only file of the house that knows toml++.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/manifest/toml_value.h"
#include "events/result.h"

namespace skilltrail::manifest {

// An error of kFailed: "FILE:LINE: what", without the line if it is 0.
Error Fault(const std::filesystem::path& file, size_t line, const std::string& what);

// The document, in the order of its keys' first mention. `file` is for the error, which is a Fault.
Result<Table> ParseToml(std::string_view bytes, const std::filesystem::path& file);

}  // namespace skilltrail::manifest
