// StatCache: the digests of files that were hashed before, of one root (a collection's directory, a project), and the stats that say that
// nothing was changed since. A file outside the log, and disposable: what is missing, damaged or of another version is hashed again.
//
//   file  := "skilltrail stat cache 2\n" text root, trees x (text path, digest of the record, text record)
//   record:= digest of the tree, text peer's hash, u32 files, files x (text path, stamp, digest), directories x (text path, stamp)
//   stamp := u64 size, u64 inode, u64 mtime in ns, u64 ctime in ns, u32 mode
//
// with texts and numbers as in store/keys.h. Trees are sorted by path.
//
// For the room's own .cc files; others use Looks.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::collection {

struct FileStamp {
  uint64_t size = 0;
  uint64_t inode = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  uint32_t mode = 0;  // with the type
  bool operator==(const FileStamp&) const = default;
};
FileStamp StampOf(const struct stat& info);

struct KnownFile {
  std::string path;  // relative to the tree
  FileStamp stamp;
  Digest digest;
};

struct KnownDirectory {
  std::string path;  // relative to the tree, which itself is ""
  FileStamp stamp;   // from before it was listed
  bool operator==(const KnownDirectory&) const = default;
};

struct KnownTree {
  Digest digest;                 // zero: not all of its files are known
  std::string peer_hash;         // of what the peer's deployment would copy; empty: not asked for so far
  std::vector<KnownFile> files;  // sorted by path, byte by byte
  // Sorted by path. While all of them are as they were, nothing but `files` stands there. Empty: a single file, or it has to be listed.
  std::vector<KnownDirectory> directories;
};

class StatCache {
 public:
  // Empty if there is no such file, or none that can be used.
  static StatCache Load(const std::filesystem::path& dir, const std::filesystem::path& root);

  // The same, with nothing in it: for a look that trusts nothing, and what is set replaces the file.
  static StatCache Empty(const std::filesystem::path& dir, const std::filesystem::path& root);

  // Nothing if it is not known, or its record is damaged. Safe from several threads while nobody calls Set.
  std::optional<KnownTree> Find(const std::string& path) const;
  // All that is known, sorted.
  std::vector<std::string> Paths() const;
  // Nothing: forgets it.
  void Set(const std::string& path, const std::optional<KnownTree>& tree);

  // Replaces the file if something was set since it was loaded. Not synced: what a crash leaves of it is found damaged.
  Status Save() const;

 private:
  struct Record {
    std::string_view bytes;  // in `loaded_`, or in `own`
    Digest digest;
    std::string own;
    std::string_view view() const { return own.empty() ? bytes : std::string_view(own); }
  };

  std::filesystem::path file_;
  std::string root_;
  std::string loaded_;
  std::map<std::string, Record, std::less<>> records_;
  bool changed_ = false;
};

}  // namespace skilltrail::collection
