#include "engine/collection/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

struct CloseDirectory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

Status RemoveAt(int parent, const char* name, const fs::path& path) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return SystemError("remove", path, errno);
  Descriptor fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok() && errno == EACCES && ::fchmodat(parent, name, S_IRWXU, 0) == 0) {
    fd = Descriptor(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!fd.ok()) return SystemError("remove", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0 && (info.st_mode & S_IRWXU) != S_IRWXU) ::fchmod(fd.get(), S_IRWXU);
  const int inside = fd.get();
  const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(inside));
  if (!listing) return SystemError("remove", path, errno);
  fd.release();
  // Names first: whether readdir goes on showing all entries while they are unlinked is left open by POSIX.
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view one = entry->d_name;
    if (one != "." && one != "..") names.emplace_back(one);
  }
  for (const auto& one : names) RETURN_IF_ERROR(RemoveAt(inside, one.c_str(), path / one));
  if (::unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT) return SystemError("remove", path, errno);
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Error SystemError(std::string_view verb, const fs::path& path, int number) {
  return Error{Code::kFailed, fmt::format("cannot {} {}: {}", verb, path.string(), std::generic_category().message(number)), {}};
}

Result<bool> IsAbsent(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return false;
  if (errno == ENOENT) return true;
  return SystemError("look at", path, errno);
}

Status WriteAll(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status SyncDirectory(const fs::path& dir) {
  const Descriptor fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return SystemError("sync", dir, errno);
  return {};
}

Status MakeDirectories(const fs::path& dir) {
  std::error_code failed;
  if (fs::is_directory(dir, failed)) return {};
  const fs::path parent = dir.parent_path();
  if (!parent.empty() && parent != dir) RETURN_IF_ERROR(MakeDirectories(parent));
  if (::mkdir(dir.c_str(), 0777) != 0) {
    if (errno == EEXIST && fs::is_directory(dir, failed)) return {};
    return SystemError("make the directory", dir, errno);
  }
  return SyncDirectory(parent.empty() ? fs::path(".") : parent);
}

Status RemoveTree(const fs::path& path) {
  return RemoveAt(AT_FDCWD, path.c_str(), path);
}

int Rename(const fs::path& from, const fs::path& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int RenameNoReplace(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  struct stat info {};
  if (::lstat(to.c_str(), &info) == 0) return EEXIST;
  return errno == ENOENT ? Rename(from, to) : errno;
}

int RenameExchange(const fs::path& a, const fs::path& b) {
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
}

}  // namespace skilltrail::collection
