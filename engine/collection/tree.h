// Tree: the content of one artifact, sorted by path, itself a blob.
//
// Bytes, one entry a file, entries sorted by path (components compared by byte):
//   tree  := "skilltrail-tree 1\n" entry*
//   entry := mode SP size SP digest SP path NUL        mode 100644 or 100755 (octal), size decimal, digest 64 hex digits
// A single-file artifact is a tree with one entry whose path is the file's name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::collection {

// Order of paths: by their lists of components, each compared by byte: "a/z" < "a-b" < "a.txt".
bool PathLess(std::string_view a, std::string_view b);

struct TreeEntry {
  std::string path;  // relative, '/'
  bool executable = false;
  uint64_t size = 0;
  Digest digest;
  bool operator==(const TreeEntry&) const = default;
};

struct Tree {
  std::vector<TreeEntry> entries;
  void Sort();
  std::string Encode() const;  // of sorted entries
  uint64_t bytes() const;
  const TreeEntry* Find(std::string_view path) const;  // in sorted entries
};
// kCorrupt if it is not a tree: other bytes than Encode gives, or paths that CheckTree refuses.
Result<Tree> DecodeTree(std::string_view bytes);
// kUsage naming the path that cannot be content: not UTF-8, not relative, with a part called ".git" (never read from disk, see content.h),
// out of order, there twice, or a file where another entry needs a directory.
Status CheckTree(const Tree& tree);

struct FileChange {
  std::string path;
  enum class Kind { kAdded, kModified, kRemoved } kind;
};
// From one to the other, sorted by path. A changed executable bit is a modification.
std::vector<FileChange> CompareTrees(const Tree& before, const Tree& after);
const char* FileChangeName(FileChange::Kind kind);  // "added", "modified", "removed"

}  // namespace skilltrail::collection
