// ContentReader: reading an artifact from disk, with what content leaves out named. For the room's own .cc files; others use ReadContent.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/collection/content.h"
#include "events/result.h"

namespace skilltrail::collection {

struct ContentOnDisk {
  Content content;
  // Relative paths that stand there and are no content: `.git`, links to directories, broken links. Their parents may be empty otherwise.
  std::vector<std::string> left_out;
};

// ReadContent, of something that was moved from `home` to `path`: its relative links mean what they meant there. `home` may be `path`.
Result<ContentOnDisk> ReadAsIfAt(const std::filesystem::path& path, const std::filesystem::path& home);

}  // namespace skilltrail::collection
