#include "engine/collection/content_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "engine/collection/file_system.h"
#include "engine/store/blob_store.h"
#include "events/name.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 3;
constexpr size_t kListingBytes = size_t{16} << 10;

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size && SameTime(a.st_mtim, b.st_mtim) &&
         SameTime(a.st_ctim, b.st_ctim);
}

const char* KindName(mode_t mode) {
  return S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : S_ISDIR(mode) ? "a directory" : "a device";
}

Error Refused(const fs::path& path, std::string_view why) {
  return {Code::kFailed, fmt::format("cannot read {}: {}", Quote(path.string()), why), {}};
}

Error Unsettled(const fs::path& path) {
  return {Code::kConflict, fmt::format("{} is unsettled: it changed each of the {} times it was read", path.string(), kAttempts),
          "try again when nobody writes to it"};
}

// The bytes up to the end of the file, which grew if that is past `size`; nothing on failure, with errno.
std::optional<std::string> ReadToEnd(int fd, size_t size) {
  std::string bytes;
  bytes.resize(size + 1);  // one more, so that the end is seen without growing
  size_t filled = 0;
  while (true) {
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    if (filled > store::kMaxBlobBytes) break;
    if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(filled);
  return bytes;
}

// One walk over what stands at `path`. `home` is where it stood when its links were made.
class ContentWalk {
 public:
  ContentWalk(const fs::path& path, const fs::path& home, ContentVisitor& visitor) : path_(path), home_(home), visitor_(visitor) {}

  Status Read();
  // After an error: an entry came or went meanwhile, so that another walk may well succeed.
  bool moved() const { return moved_; }

 private:
  struct Listed {
    std::string name;
    unsigned char type;  // DT_DIR and the like
  };
  Status List(int dir, const std::string& prefix, std::vector<Listed>& entries);
  Status ReadDirectory(Descriptor fd, const std::string& prefix);
  Status ReadEntry(int dir, const Listed& entry, const std::string& relative);
  Status ReadLink(int dir, const std::string& name, const std::string& relative);
  Status ReadFile(int dir, const std::string& name, int flags, const std::string& relative);
  std::optional<fs::path> TargetAtHome(int dir, const std::string& name, const std::string& relative) const;
  fs::path Full(const std::string& relative) const { return relative.empty() || single_file_ ? path_ : path_ / relative; }
  Status Moved(const std::string& relative) {
    moved_ = true;
    return Unsettled(Full(relative));
  }

  const fs::path& path_;
  const fs::path& home_;
  ContentVisitor& visitor_;
  bool moved_ = false;
  bool single_file_ = false;
  std::vector<char> buffer_ = std::vector<char>(kListingBytes);  // of one listing at a time; its start is aligned for any type
};

Status ContentWalk::Read() {
  Descriptor fd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.ok()) {
    const int number = errno;
    struct stat link {};
    if (number != ENOENT) return SystemError("read", path_, number);
    if (::lstat(path_.c_str(), &link) == 0) return Refused(path_, "it is a link to nothing");
    return Error{Code::kNotFound, fmt::format("nothing stands at {}", path_.string()), {}};
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return SystemError("read", path_, errno);
  single_file_ = !S_ISDIR(info.st_mode);
  visitor_.Begin(single_file_);
  if (!single_file_) return ReadDirectory(std::move(fd), {});
  if (!S_ISREG(info.st_mode)) return Refused(path_, fmt::format("it is {}", KindName(info.st_mode)));
  const std::string name = home_.filename().string();
  if (!IsUtf8(name)) return Refused(path_, "its name is not UTF-8");
  if (visitor_.Knows(name, info)) return {};
  return ReadFile(AT_FDCWD, path_.string(), 0, name);
}

// Names and types of everything in the directory, but "." and "..".
Status ContentWalk::List(int dir, const std::string& prefix, std::vector<Listed>& entries) {
  while (true) {
    const ssize_t size = ::getdents64(dir, buffer_.data(), buffer_.size());
    if (size < 0) return SystemError("list", Full(prefix), errno);
    if (size == 0) return {};
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at);
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
      at += entry->d_reclen;
    }
  }
}

Status ContentWalk::ReadDirectory(Descriptor fd, const std::string& prefix) {
  struct stat before {};
  struct stat after {};
  if (::fstat(fd.get(), &before) != 0) return SystemError("read", Full(prefix), errno);
  visitor_.Enter(prefix, before);
  std::vector<Listed> entries;
  RETURN_IF_ERROR(List(fd.get(), prefix, entries));
  for (const auto& entry : entries) {
    RETURN_IF_ERROR(ReadEntry(fd.get(), entry, prefix.empty() ? entry.name : prefix + "/" + entry.name));
  }
  if (::fstat(fd.get(), &after) != 0) return SystemError("read", Full(prefix), errno);
  if (!SameTime(before.st_mtim, after.st_mtim)) return Moved(prefix);
  return {};
}

Status ContentWalk::ReadEntry(int dir, const Listed& entry, const std::string& relative) {
  const std::string& name = entry.name;
  if (name == ".git") {
    visitor_.LeaveOut(relative);
    return {};
  }
  if (!IsUtf8(name)) return Refused(Full(relative), "its name is not UTF-8");
  if (Status good = CheckRelativePath(relative); !good.ok()) return Refused(Full(relative), good.error().message);
  struct stat info {};
  // What the listing calls a directory is opened as one: that tells if it is.
  info.st_mode = S_IFDIR;
  if (entry.type != DT_DIR && ::fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Moved(relative) : SystemError("read", Full(relative), errno);
  }
  if (S_ISREG(info.st_mode)) return visitor_.Knows(relative, info) ? Status() : ReadFile(dir, name, O_NOFOLLOW, relative);
  if (S_ISLNK(info.st_mode)) return ReadLink(dir, name, relative);
  if (!S_ISDIR(info.st_mode)) return Refused(Full(relative), fmt::format("it is {}, which cannot be kept", KindName(info.st_mode)));
  Descriptor inside(::openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inside.ok()) {
    const bool gone = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
    return gone ? Moved(relative) : SystemError("list", Full(relative), errno);
  }
  return ReadDirectory(std::move(inside), relative);
}

// Where a relative link of something that was moved away from its home leads; nothing if the link can simply be followed.
std::optional<fs::path> ContentWalk::TargetAtHome(int dir, const std::string& name, const std::string& relative) const {
  if (home_ == path_) return std::nullopt;
  char buffer[4096];
  const ssize_t length = ::readlinkat(dir, name.c_str(), buffer, sizeof buffer);
  if (length <= 0 || buffer[0] == '/') return std::nullopt;
  const fs::path target(std::string(buffer, static_cast<size_t>(length)));
  const fs::path full = ((home_ / relative).parent_path() / target).lexically_normal();
  const fs::path inside = full.lexically_relative(home_);
  return inside.empty() || *inside.begin() == ".." ? full : path_ / inside;
}

Status ContentWalk::ReadLink(int dir, const std::string& name, const std::string& relative) {
  visitor_.Follow(relative);
  const auto target = TargetAtHome(dir, name, relative);
  const int at = target ? AT_FDCWD : dir;
  const std::string path = target ? target->string() : name;
  struct stat info {};
  if (::fstatat(at, path.c_str(), &info, 0) != 0) {
    if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR) return SystemError("follow", Full(relative), errno);
    visitor_.LeaveOut(relative);
    return {};
  }
  if (S_ISREG(info.st_mode)) return visitor_.Knows(relative, info) ? Status() : ReadFile(at, path, 0, relative);
  if (!S_ISDIR(info.st_mode)) return Refused(Full(relative), fmt::format("it is a link to {}", KindName(info.st_mode)));
  visitor_.LeaveOut(relative);
  return {};
}

Status ContentWalk::ReadFile(int dir, const std::string& name, int flags, const std::string& relative) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Descriptor fd(::openat(dir, name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags));
    if (!fd.ok()) return errno == ENOENT || errno == ELOOP ? Moved(relative) : SystemError("read", Full(relative), errno);
    struct stat before {};
    struct stat after {};
    if (::fstat(fd.get(), &before) != 0) return SystemError("read", Full(relative), errno);
    if (!S_ISREG(before.st_mode)) return Moved(relative);
    if (static_cast<uint64_t>(before.st_size) > store::kMaxBlobBytes) return Refused(Full(relative), "it is larger than 256 MiB");
    auto bytes = ReadToEnd(fd.get(), static_cast<size_t>(before.st_size));
    if (!bytes) return SystemError("read", Full(relative), errno);
    if (bytes->size() > store::kMaxBlobBytes) return Refused(Full(relative), "it is larger than 256 MiB");
    if (::fstat(fd.get(), &after) != 0) return SystemError("read", Full(relative), errno);
    if (!SameFile(before, after) || bytes->size() != static_cast<size_t>(after.st_size)) continue;
    visitor_.Take(relative, after, std::move(*bytes));
    return {};
  }
  return Unsettled(Full(relative));
}

// Without the slash at the end that a shell's completion leaves, so that the last part is the name.
fs::path WithoutSlash(const fs::path& path) {
  return path.has_filename() || path == path.root_path() ? path : path.parent_path();
}

// Keeps all of it.
class Keeping final : public ContentVisitor {
 public:
  void Begin(bool single_file) override {
    found_ = {};
    found_.content.single_file = single_file;
  }
  bool Knows(const std::string& /*relative*/, const struct stat& /*info*/) override { return false; }
  void Take(const std::string& relative, const struct stat& info, std::string bytes) override {
    found_.content.files.push_back({relative, (info.st_mode & S_IXUSR) != 0, std::move(bytes)});
  }
  void LeaveOut(const std::string& relative) override { found_.left_out.push_back(relative); }
  ContentOnDisk Take() && { return std::move(found_); }

 private:
  ContentOnDisk found_;
};

}  // namespace

Status WalkContent(const fs::path& given_path, const fs::path& given_home, ContentVisitor& visitor) {
  const fs::path path = WithoutSlash(given_path);
  const fs::path home = WithoutSlash(given_home);
  for (int attempt = 1;; ++attempt) {
    ContentWalk walk(path, home, visitor);
    Status read = walk.Read();
    if (read.ok() || !walk.moved() || attempt == kAttempts) return read;
  }
}

Result<ContentOnDisk> ReadAsIfAt(const fs::path& path, const fs::path& home) {
  Keeping keeping;
  RETURN_IF_ERROR(WalkContent(path, home, keeping));
  ContentOnDisk found = std::move(keeping).Take();
  SortFiles(found.content);
  std::sort(found.left_out.begin(), found.left_out.end(), PathLess);
  return found;
}

Result<Content> ReadContent(const fs::path& path) {
  auto found = ReadAsIfAt(path, path);
  if (!found.ok()) return found.error();
  return std::move(found->content);
}

}  // namespace skilltrail::collection
