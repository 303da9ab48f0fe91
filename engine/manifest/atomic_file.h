// Files as wholes: read at once, replaced so that a crash leaves the old bytes or the new ones, deleted for good.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/manifest/manifest.h"
#include "events/result.h"

namespace skilltrail::manifest {

// The largest file that is read: some 50,000 artifacts with their front matter.
inline constexpr size_t kMaxFileBytes = size_t{64} << 20;

// The bytes of a regular file; nothing if there is no such file. kFailed naming it if it cannot be read or is larger than kMaxFileBytes.
Result<std::optional<std::string>> ReadWhole(const std::filesystem::path& file);

// Durably. Fine if it does not exist.
Status DeleteFile(const std::filesystem::path& file);

}  // namespace skilltrail::manifest
