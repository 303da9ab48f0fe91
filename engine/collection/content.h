// Content: an artifact's files as bytes in memory on the way between disk, upstream and the blob store, and the three names of a version:
// tree digest (ours), SkillMeat's content hash (INTEROP section 2), git's tree id (gitformat-tree: SHA-1 over "mode name\0 id").
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
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
void SortFiles(Content& content);

struct Version {
  Tree tree;
  Digest tree_digest;        // of tree.Encode()
  std::string content_hash;  // 64 hex digits
  std::string git_tree;      // 40 hex digits: tree id of a directory, blob id of a single file
};
Version Describe(const Content& content);

// Reads what stands at `path`: a regular file or a directory; a symbolic link at `path` itself is followed. Inside a directory INTEROP
// section 2 says what counts: a link to a file is its bytes under the link's name; a link to a directory and a broken link are left out,
// and so is `.git`. Empty directories do not count.
// Files are fstat'ed before and after reading; one that changes three times in a row is kConflict "unsettled", and so is a directory whose
// entries come and go. kNotFound: ENOENT of `path` itself. kFailed, naming the file: unreadable, a name that is not UTF-8, over 256 MiB,
// a pipe, socket or device, a broken link at `path`.
Result<Content> ReadContent(const std::filesystem::path& path);

// SkillMeat's deploy copy rule (INTEROP section 2): true for a file that its deployment leaves out.
bool PeerDropsOnDeploy(std::string_view relative_path);
// SkillMeat's hash of the content, all files or only those that `keep` accepts. A single file is always hashed, whatever its name.
std::string ContentHash(const Content& content, const std::function<bool(std::string_view)>& keep = nullptr);

}  // namespace skilltrail::collection
