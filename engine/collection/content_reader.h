// ContentReader: walking over an artifact on disk, with what content leaves out named. For the room's own .cc files; others use
// ReadContent, or Looks where the bytes are seldom needed.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "engine/collection/content.h"
#include "events/result.h"

namespace skilltrail::collection {

// Told of everything that stands there, in no order. A walk that something moved under begins anew, up to three times.
class ContentVisitor {
 public:
  virtual ~ContentVisitor() = default;
  virtual void Begin(bool single_file) = 0;
  // A directory as it was before it was listed; the one that the walk begins at is "".
  virtual void Enter(const std::string& /*relative*/, const struct stat& /*info*/) {}
  // A link, before what it leads to is told.
  virtual void Follow(const std::string& /*relative*/) {}
  // True: this file need not be read. The stat is that of the file itself, a link's target.
  virtual bool Knows(const std::string& relative, const struct stat& info) = 0;
  // A file that was the same before and after it was read.
  virtual void Take(const std::string& relative, const struct stat& info, std::string bytes) = 0;
  virtual void LeaveOut(const std::string& relative) = 0;
};
// Of what stands at `path` and stood at `home` when its links were made. Errors as ReadContent.
Status WalkContent(const std::filesystem::path& path, const std::filesystem::path& home, ContentVisitor& visitor);

struct ContentOnDisk {
  Content content;
  // Relative paths that stand there and are no content: `.git`, links to directories, broken links. Their parents may be empty otherwise.
  std::vector<std::string> left_out;
};

// ReadContent, of something that was moved from `home` to `path`: its relative links mean what they meant there. `home` may be `path`.
Result<ContentOnDisk> ReadAsIfAt(const std::filesystem::path& path, const std::filesystem::path& home);

}  // namespace skilltrail::collection
