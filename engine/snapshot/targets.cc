#include "engine/snapshot/targets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>

#include "engine/collection/content.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;

// Directories, journals and the file system's own bookkeeping take room too.
constexpr uint64_t kSpareBytes = 256 << 10;

Error Unwritable(const fs::path& dir, int number) {
  return {Code::kFailed, fmt::format("cannot write {}: {}", dir.string(), std::strerror(number)), "nothing was changed"};
}

// The nearest directory that exists at or above `dir`: missing ones are made in it.
Result<fs::path> Existing(fs::path dir, struct stat& info) {
  while (::stat(dir.c_str(), &info) != 0) {
    if (errno != ENOENT || dir == dir.parent_path()) return Unwritable(dir, errno);
    dir = dir.parent_path();
  }
  if (!S_ISDIR(info.st_mode)) return Unwritable(dir, ENOTDIR);
  return dir;
}

// Room that is wanted on one file system.
struct Room {
  fs::path dir;
  uint64_t bytes = 0;
  uint64_t files = 0;
};

class Checker {
 public:
  Status Check(const Target& target) {
    struct stat info {};
    if (::lstat(target.path.c_str(), &info) == 0) {
      if (S_ISLNK(info.st_mode)) {
        return Error{Code::kConflict, fmt::format("{} is a symbolic link, and a link is never replaced", target.path.string()),
                     "put a directory or file in its place, or restore beside with --to DIR"};
      }
      if (target.free) RETURN_IF_ERROR(CheckFree(target.path));
      // To move a directory elsewhere is to write in it.
      if (S_ISDIR(info.st_mode)) RETURN_IF_ERROR(CheckWritable(target.path));
    }
    struct stat folder {
    }, staging{};
    ASSIGN_OR_RETURN(const fs::path parent, Existing(target.path.parent_path(), folder));
    RETURN_IF_ERROR(CheckWritable(parent));
    const fs::path staged = target.shared ? target.path.parent_path() : target.path.parent_path().parent_path();
    ASSIGN_OR_RETURN(const fs::path above, Existing(staged, staging));
    RETURN_IF_ERROR(CheckWritable(above));
    if (folder.st_dev != staging.st_dev) {
      return Error{Code::kFailed,
                   fmt::format("cannot restore {}: {} is on another file system than {}, where files are staged", target.path.string(),
                               parent.string(), above.string()),
                   "restore beside with --to DIR, and copy"};
    }
    AddRoom(parent, folder, target.tree);
    return {};
  }

  Status CheckRoom() const {
    for (const auto& [device, room] : rooms_) {
      struct statvfs info {};
      if (::statvfs(room.dir.c_str(), &info) != 0) return Unwritable(room.dir, errno);
      const uint64_t free_bytes = static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
      if (room.files > 0 && free_bytes < room.bytes + kSpareBytes) {
        return Error{Code::kFailed,
                     fmt::format("cannot restore in {}: {} bytes are needed at once, {} are free", room.dir.string(),
                                 room.bytes + kSpareBytes, free_bytes),
                     "nothing was changed; make room, or restore beside with --to DIR"};
      }
      // A file system without a fixed number of files says 0 of 0.
      if (info.f_files > 0 && info.f_favail < room.files) {
        return Error{Code::kFailed,
                     fmt::format("cannot restore in {}: {} files are needed at once, {} are free", room.dir.string(), room.files,
                                 static_cast<uint64_t>(info.f_favail)),
                     "nothing was changed; make room, or restore beside with --to DIR"};
      }
    }
    return {};
  }

 private:
  // A directory without content is as good as none.
  static Status CheckFree(const fs::path& path) {
    ASSIGN_OR_RETURN(const collection::Content content, collection::ReadContent(path));
    if (content.files.empty()) return {};
    return Error{Code::kConflict, fmt::format("{} is in the way: it is no artifact of the collection", path.string()),
                 "move it elsewhere, or restore beside with --to DIR"};
  }

  Status CheckWritable(const fs::path& dir) {
    if (writable_.contains(dir)) return {};
    if (::faccessat(AT_FDCWD, dir.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return Unwritable(dir, errno);
    writable_.insert(dir);
    return {};
  }

  void AddRoom(const fs::path& dir, const struct stat& info, const collection::Tree& tree) {
    Room& room = rooms_[info.st_dev];
    if (room.dir.empty()) room.dir = dir;
    const auto block = static_cast<uint64_t>(info.st_blksize);
    for (const auto& entry : tree.entries) {
      room.bytes += (entry.size + block - 1) / block * block;
      ++room.files;
    }
  }

  std::set<fs::path> writable_;
  std::map<dev_t, Room> rooms_;
};

}  // namespace

Status CheckTargets(const std::vector<Target>& targets) {
  Checker checker;
  for (const auto& target : targets) RETURN_IF_ERROR(checker.Check(target));
  return checker.CheckRoom();
}

}  // namespace skilltrail::snapshot
