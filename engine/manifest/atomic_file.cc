#include "engine/manifest/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

namespace skilltrail::manifest {
namespace {

namespace fs = std::filesystem;

// A temporary file this old belongs to no writer any more: they live for milliseconds.
constexpr auto kLeftoverAge = std::chrono::hours(1);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
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

// Temporary files that killed writers left behind.
void SweepLeftovers(const fs::path& file) {
  const std::string prefix = TemporaryPrefix(file);
  const auto newest = fs::file_time_type::clock::now() - kLeftoverAge;
  std::error_code ec;
  for (fs::directory_iterator it(DirectoryOf(file), ec), end; !ec && it != end; it.increment(ec)) {
    if (!it->path().filename().string().starts_with(prefix)) continue;
    std::error_code failed;
    const auto written = fs::last_write_time(it->path(), failed);
    if (!failed && written < newest) fs::remove(it->path(), failed);  // if it cannot be removed it does no harm
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

// Creates `temporary` with the bytes, synced, and with the mode of `file` where that exists.
Status WriteTemporary(const fs::path& temporary, const fs::path& file, std::string_view bytes) {
  const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd.ok()) return SystemError("create", temporary, errno);
  struct stat standing {};
  if (::stat(file.c_str(), &standing) == 0 && ::fchmod(fd.get(), standing.st_mode & 07777) != 0) {
    return SystemError("set the mode of", temporary, errno);
  }
  RETURN_IF_ERROR(WriteAll(fd.get(), bytes, temporary));
  if (::fsync(fd.get()) != 0) return SystemError("sync", temporary, errno);
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
  static std::atomic<unsigned> counter{0};
  std::error_code ec;
  // A link, as dotfile keepers make them, goes on pointing to the file that is replaced.
  const fs::path target = fs::is_symlink(fs::symlink_status(file, ec)) ? fs::canonical(file, ec) : file;
  if (ec && ec != std::errc::no_such_file_or_directory) return SystemError("write", file, ec.value());
  if (target.empty()) return Error{Code::kFailed, fmt::format("cannot write {}: it links to nothing", file.string()), ""};
  SweepLeftovers(target);
  const fs::path temporary =
      DirectoryOf(target) / fmt::format("{}{}-{}", TemporaryPrefix(target), ::getpid(), counter.fetch_add(1, std::memory_order_relaxed));
  Status written = WriteTemporary(temporary, target, bytes);
  if (written.ok() && ::rename(temporary.c_str(), target.c_str()) != 0) written = SystemError("replace", target, errno);
  if (!written.ok()) {
    ::unlink(temporary.c_str());
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
