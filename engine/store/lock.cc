#include "engine/store/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

namespace skilltrail::store {
namespace {

constexpr const char* kFile = "lock";
constexpr std::chrono::milliseconds kPoll{10};
constexpr size_t kMaxCommandBytes = 200;

// The file's three lines: pid, start time, command.
std::string HolderLines(const std::string& command, Micros now) {
  std::string shown = command.substr(0, kMaxCommandBytes);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return fmt::format("{}\n{}\n{}\n", ::getpid(), FormatTime(now), shown);
}

std::string HolderText(int fd) {
  std::array<char, 512> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  std::string_view text(buffer.data(), size > 0 ? static_cast<size_t>(size) : 0);
  std::array<std::string_view, 3> lines;
  for (std::string_view& line : lines) {
    const size_t end = text.find('\n');
    // A holder that has the lock and has not written its name yet.
    if (end == std::string_view::npos) return "another process";
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return fmt::format("process {} (`{}`, since {})", lines[0], lines[2], lines[1]);
}

Error LockError(const std::filesystem::path& path, std::string_view doing) {
  return {Code::kFailed, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno)),
          "writing needs a store directory that can be written"};
}

}  // namespace

Lock::Lock(int fd) : fd_(fd) {}

Result<Lock> Lock::Take(const std::filesystem::path& dir, const std::string& command, int timeout_ms, Micros now) {
  const std::filesystem::path path = dir / kFile;
  Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (lock.fd_ < 0) return LockError(path, "open");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return LockError(path, "lock");
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{Code::kBusy, fmt::format("the store is locked by {}", HolderText(lock.fd_)),
                   "wait until it is done, or wait longer with --lock-timeout SECONDS"};
    }
    std::this_thread::sleep_for(kPoll);
  }
  const std::string lines = HolderLines(command, now);
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, lines.data(), lines.size(), 0) != static_cast<ssize_t>(lines.size())) {
    return LockError(path, "write");
  }
  return lock;
}

Lock::~Lock() {
  if (fd_ >= 0) ::close(fd_);
}

Lock::Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Lock& Lock::operator=(Lock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

}  // namespace skilltrail::store
