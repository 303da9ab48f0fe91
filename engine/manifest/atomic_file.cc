#include "engine/manifest/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace skilltrail::manifest {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error SystemError(std::string_view verb, const fs::path& file, int number) {
  return Error{Code::kFailed, fmt::format("cannot {} {}: {}", verb, file.string(), std::generic_category().message(number)), ""};
}

Status SyncDirectory(const fs::path& dir) {
  const Descriptor fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return SystemError("sync", dir, errno);
  return {};
}

fs::path DirectoryOf(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

std::string TemporaryPrefix(const fs::path& file) {
  return "." + file.filename().string() + ".tmp-";
}

// Temporary files that killed writers left behind: a writer at work holds the lock of its own.
void SweepLeftovers(const fs::path& file) {
  const std::string prefix = TemporaryPrefix(file);
  std::error_code ec;
  for (fs::directory_iterator it(DirectoryOf(file), ec), end; !ec && it != end; it.increment(ec)) {
    if (!it->path().filename().string().starts_with(prefix)) continue;
    const Descriptor fd(::open(it->path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // If it cannot be removed it does no harm.
    if (fd.ok() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(it->path().c_str());
  }
}

Status WriteAll(int fd, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", file, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// A new file beside `file`, and its lock as long as it is open.
struct Temporary {
  Descriptor fd;
  fs::path path;
};

Result<Temporary> CreateTemporary(const fs::path& file) {
  static std::atomic<unsigned> counter{0};
  while (true) {
    fs::path path =
        DirectoryOf(file) / fmt::format("{}{}-{}", TemporaryPrefix(file), ::getpid(), counter.fetch_add(1, std::memory_order_relaxed));
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.ok()) return SystemError("create", path, errno);
    // Another's sweep may have come between the two calls: then this one is the sweep's. Where there are no locks there is no sweep.
    struct stat made {};
    const bool swept =
        (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || ::fstat(fd.get(), &made) != 0 || made.st_nlink == 0;
    if (!swept) return Temporary{std::move(fd), std::move(path)};
  }
}

// Gives it the bytes, synced, and the mode of `file` where that exists.
Status Fill(const Temporary& temporary, const fs::path& file, std::string_view bytes) {
  struct stat standing {};
  if (::stat(file.c_str(), &standing) == 0 && ::fchmod(temporary.fd.get(), standing.st_mode & 07777) != 0) {
    return SystemError("set the mode of", temporary.path, errno);
  }
  RETURN_IF_ERROR(WriteAll(temporary.fd.get(), bytes, temporary.path));
  if (::fsync(temporary.fd.get()) != 0) return SystemError("sync", temporary.path, errno);
  return {};
}

}  // namespace

Result<std::optional<std::string>> ReadWhole(const fs::path& file) {
  // Not blocking, so that a pipe in the file's place is refused rather than waited for.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.ok() && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
  struct stat info {};
  if (!fd.ok() || ::fstat(fd.get(), &info) != 0) return SystemError("read", file, errno);
  if (!S_ISREG(info.st_mode)) return Error{Code::kFailed, fmt::format("cannot read {}: not a regular file", file.string()), ""};
  std::string bytes;
  bytes.reserve(std::min(static_cast<size_t>(info.st_size), kMaxFileBytes));  // it may grow meanwhile
  char buffer[65536];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", file, errno);
    if (got == 0) return std::optional<std::string>(std::move(bytes));
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > kMaxFileBytes) {
      return Error{Code::kFailed, fmt::format("cannot read {}: larger than {} MiB", file.string(), kMaxFileBytes >> 20), ""};
    }
  }
}

Status WriteFileAtomically(const fs::path& file, std::string_view bytes) {
  std::error_code ec;
  // A link, as dotfile keepers make them, goes on pointing to the file that is replaced.
  const fs::path target = fs::is_symlink(fs::symlink_status(file, ec)) ? fs::canonical(file, ec) : file;
  if (ec && ec != std::errc::no_such_file_or_directory) return SystemError("write", file, ec.value());
  if (target.empty()) return Error{Code::kFailed, fmt::format("cannot write {}: it links to nothing", file.string()), ""};
  SweepLeftovers(target);
  ASSIGN_OR_RETURN(const Temporary temporary, CreateTemporary(target));
  Status written = Fill(temporary, target, bytes);
  if (written.ok() && ::rename(temporary.path.c_str(), target.c_str()) != 0) written = SystemError("replace", target, errno);
  if (!written.ok()) {
    ::unlink(temporary.path.c_str());
    return written;
  }
  return SyncDirectory(DirectoryOf(target));
}

Status DeleteFile(const fs::path& file) {
  if (::unlink(file.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return SystemError("delete", file, errno);
  }
  return SyncDirectory(DirectoryOf(file));
}

}  // namespace skilltrail::manifest
