// ImportTarget: where an imported collection comes to stand. Inner to this room.
#pragma once

#include <filesystem>
#include <string>

#include "engine/session/writing.h"
#include "events/result.h"

namespace skilltrail::snapshot {

// "collections/NAME" in the store, which must be absent or hold no files; kConflict otherwise.
Result<std::filesystem::path> FreeDirectory(const Context& context, const std::string& name);

// Makes the directory and the folders that a new collection has.
Status MakeCollectionDirectory(const std::filesystem::path& dir);

}  // namespace skilltrail::snapshot
