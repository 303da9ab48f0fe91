#include "engine/store/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <tuple>

namespace skilltrail::store {
namespace {

constexpr const char* kFile = "gate";
constexpr mode_t kMode = 0666;

constexpr auto kLookAgain = std::chrono::milliseconds(1);
constexpr off_t kWayIn = 0;
constexpr off_t kRoom = 1;

// type: F_RDLCK (shared), F_WRLCK (exclusive) or F_UNLCK; waits as long as it takes. The lock belongs to the open file, not to the process:
// a reader and a writer in one process keep each other out as two processes do.
bool SetLock(int fd, off_t byte, short type, int how = F_OFD_SETLKW) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  int done = 0;
  do {
    done = ::fcntl(fd, how, &lock);
  } while (done != 0 && errno == EINTR);
  return done == 0;
}

bool Enter(int fd, short type) {
  const bool entered = SetLock(fd, kWayIn, type) && SetLock(fd, kRoom, type);
  return SetLock(fd, kWayIn, F_UNLCK) && entered;
}

// The reader's way in, bounded.
bool EnterWithin(int fd, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (const off_t byte : {kWayIn, kRoom}) {
    while (!SetLock(fd, byte, F_RDLCK, F_OFD_SETLK)) {
      const int error = errno;
      const bool held = error == EAGAIN || error == EACCES;
      if (!held || std::chrono::steady_clock::now() >= end) {
        std::ignore = SetLock(fd, kWayIn, F_UNLCK);  // closing the file gives back whatever is left
        errno = error;
        return false;
      }
      std::this_thread::sleep_for(kLookAgain);
    }
  }
  return SetLock(fd, kWayIn, F_UNLCK);
}

Error GateError(const std::filesystem::path& path, int error) {
  return {Code::kFailed, fmt::format("cannot use {}: {}", path.string(), std::strerror(error)), "the store's directory must allow locks"};
}

}  // namespace

Result<GatePass> GatePass::Take(const std::filesystem::path& dir, std::chrono::milliseconds patience) {
  const std::filesystem::path path = dir / kFile;
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) fd = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, kMode);
  if (fd < 0) {
    if (errno == EROFS || errno == EACCES) return GatePass(-1);
    return GateError(path, errno);
  }
  GatePass pass(fd);
  if (!EnterWithin(fd, patience)) {
    if (errno != EAGAIN && errno != EACCES) return GateError(path, errno);
    return Error{Code::kBusy, fmt::format("{} is held by a process that is opening or writing the store and does not go on", path.string()),
                 fmt::format("{} names it", (dir / "lock").string())};
  }
  return pass;
}

GatePass::~GatePass() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<Gate>> Gate::Open(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kFile;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (fd < 0) return GateError(path, errno);
  return std::unique_ptr<Gate>(new Gate(fd));
}

Gate::~Gate() {
  ::close(fd_);
}

void Gate::Shut(uint64_t reason) {
  const std::lock_guard lock(mutex_);
  // A kernel that refuses the lock leaves the flush unguarded; a reader then finds the gap by the head record and opens again.
  if (reasons_.empty()) std::ignore = Enter(fd_, F_WRLCK);
  reasons_.insert(reason);
}

void Gate::Release(uint64_t reason) {
  const std::lock_guard lock(mutex_);
  const auto held = reasons_.find(reason);
  if (held == reasons_.end()) return;
  reasons_.erase(held);
  if (reasons_.empty()) std::ignore = SetLock(fd_, kRoom, F_UNLCK);  // it can't fail on a lock that is held
}

void Gate::ReleaseAll() {
  const std::lock_guard lock(mutex_);
  reasons_.clear();
  std::ignore = SetLock(fd_, kRoom, F_UNLCK);  // nor here
}

}  // namespace skilltrail::store
