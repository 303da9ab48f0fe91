#include "engine/store/anchor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace skilltrail::store {
namespace {

constexpr const char* kFile = "HEAD";
constexpr const char* kTemporary = "HEAD.tmp";
// The longest line: UUID, 20 digits, 64 hex digits, two blanks and the end of line are 123 bytes.
constexpr size_t kMaxBytes = 256;

// Closes on every way out; Close tells whether the kernel took it well.
class File {
 public:
  File(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error SystemError(std::string_view doing, const std::filesystem::path& path) {
  return {Code::kFailed, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno)), ""};
}

std::optional<Anchor> Parse(std::string_view line) {
  if (!line.ends_with('\n')) return std::nullopt;
  line.remove_suffix(1);
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Anchor anchor;
  anchor.store_id = line.substr(0, first);
  const auto id = ParseRunId(anchor.store_id);
  const auto hash = DigestFromHex(line.substr(second + 1));
  const char* end = line.data() + second;
  const auto [stop, error] = std::from_chars(line.data() + first + 1, end, anchor.seq);
  if (!id || !hash || error != std::errc() || stop != end) return std::nullopt;
  anchor.hash = *hash;
  return anchor;
}

std::string Line(const Anchor& anchor) {
  return fmt::format("{} {} {}\n", anchor.store_id, anchor.seq, anchor.hash.hex());
}

Status WriteSynced(const std::filesystem::path& path, std::string_view bytes) {
  const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd() < 0) return SystemError("write", path);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file.fd()) != 0) return SystemError("sync", path);
  return {};
}

}  // namespace

Result<std::optional<Anchor>> ReadAnchor(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kFile;
  const File file(path, O_RDONLY);
  if (file.fd() < 0) {
    if (errno == ENOENT) return std::optional<Anchor>();
    return SystemError("read", path);
  }
  std::array<char, kMaxBytes> buffer{};
  ssize_t size = 0;
  do {
    size = ::read(file.fd(), buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return SystemError("read", path);
  const std::string_view line(buffer.data(), static_cast<size_t>(size));
  auto anchor = Parse(line);
  // The line must be spelt as it is written, so that every changed bit shows.
  if (!anchor || Line(*anchor) != line) {
    return Error{Code::kCorrupt, fmt::format("{} is damaged: it is not one line of store id, sequence and hash", path.string()),
                 "skilltrail doctor --fix writes it anew"};
  }
  return anchor;
}

Status WriteAnchor(const std::filesystem::path& dir, const Anchor& anchor) {
  const std::filesystem::path path = dir / kFile;
  const std::filesystem::path temporary = dir / kTemporary;
  RETURN_IF_ERROR(WriteSynced(temporary, Line(anchor)));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return SystemError("replace", path);
  const File directory(dir, O_RDONLY | O_DIRECTORY);
  if (directory.fd() < 0 || ::fsync(directory.fd()) != 0) return SystemError("sync", dir);
  return {};
}

}  // namespace skilltrail::store
