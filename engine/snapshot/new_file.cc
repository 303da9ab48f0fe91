#include "engine/snapshot/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;

Error Cannot(std::string_view verb, const fs::path& path, int number) {
  return {Code::kFailed, fmt::format("cannot {} {}: {}", verb, path.string(), std::generic_category().message(number)), {}};
}

Result<Digest> DigestOfFile(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Cannot("read", path, errno);
  Hasher hasher;
  std::string buffer(1u << 20, '\0');
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    hasher.Update(std::string_view(buffer.data(), static_cast<size_t>(got)));
  }
  const int fault = got < 0 ? errno : 0;
  ::close(fd);
  if (fault != 0) return Cannot("read", path, fault);
  return hasher.Finish();
}

Status SyncDirectoryOf(const fs::path& path) {
  const fs::path dir = path.parent_path();
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Cannot("open", dir, errno);
  const int fault = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (fault != 0) return Cannot("sync", dir, fault);
  return {};
}

}  // namespace

Result<std::unique_ptr<NewFile>> NewFile::Open(const fs::path& path) {
  const fs::path temporary = path.parent_path() / ("." + path.filename().string() + ".skilltrail-tmp");
  const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return Cannot("make", path, errno);
  std::unique_ptr<NewFile> file(new NewFile(path, temporary, fd));
  // Between open and lock another may have finished, and what was opened be the very file under its name.
  struct stat opened {
  }, named{};
  const bool ours = ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &opened) == 0 && ::lstat(temporary.c_str(), &named) == 0 &&
                    opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
  if (!ours) {
    file->kept_ = true;
    return Error{Code::kBusy, fmt::format("{} is being written by another process", path.string()), {}};
  }
  if (::ftruncate(fd, 0) != 0) return Cannot("empty", temporary, errno);
  return file;
}

NewFile::~NewFile() {
  if (!kept_) ::unlink(temporary_.c_str());
  ::close(fd_);
}

Status NewFile::Keep(const Digest& digest) {
  if (::fsync(fd_) != 0) return Cannot("sync", temporary_, errno);
  int renamed = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
  // Not every file system has that; a file that came to stand there in the last moment is overwritten then.
  std::error_code ignored;
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS) && !fs::exists(fs::symlink_status(path_, ignored))) {
    renamed = ::rename(temporary_.c_str(), path_.c_str());
  } else if (renamed != 0 && errno != EEXIST) {
    return Cannot("make", path_, errno);
  } else if (renamed != 0) {
    ASSIGN_OR_RETURN(const Digest standing, DigestOfFile(path_));
    if (standing == digest) return {};
    return Error{Code::kConflict, fmt::format("{} is there already, and is another file", path_.string()),
                 "name another file, or move that one away"};
  }
  if (renamed != 0) return Cannot("make", path_, errno);
  kept_ = true;
  return SyncDirectoryOf(path_);
}

}  // namespace skilltrail::snapshot
