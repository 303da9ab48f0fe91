// Content: an artifact's files as bytes in memory on the way between disk, upstream and the blob store, and the three names of a version:
// tree digest (ours), SkillMeat's content hash (INTEROP section 2), git's tree id (gitformat-tree: SHA-1 over "mode name\0 id").
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::collection {

struct File {
  std::string path;  // relative to the artifact; for a single-file artifact the file's name
  bool executable = false;
  std::string bytes;
};

struct Content {
  bool single_file = false;
  std::vector<File> files;  // sorted by path components
};

struct Version {
  Tree tree;
  Digest tree_digest;        // of tree.Encode()
  std::string content_hash;  // 64 hex digits
  std::string git_tree;      // 40 hex digits: tree id of a directory, blob id of a single file
};
Version Describe(const Content& content);

// Reads what stands at `path`: a regular file or a directory, no-follow for directories' links as INTEROP section 2 says (link to a file:
// its bytes under the link's name; link to a directory, broken link: left out; `.git` left out). Files are fstat'ed before and after reading; one that changes
// three times in a row is kConflict "unsettled". kNotFound: ENOENT of `path` itself. kFailed: unreadable, not UTF-8, over 256 MiB (named).
Result<Content> ReadContent(const std::filesystem::path& path);

// SkillMeat's deploy copy rule (INTEROP section 2): true for a file that its deployment leaves out.
bool PeerDropsOnDeploy(std::string_view relative_path);
// SkillMeat's hash of the content, all files or only those that `keep` accepts.
std::string ContentHash(const Content& content, const std::function<bool(std::string_view)>& keep = nullptr);

}  // namespace skilltrail::collection
