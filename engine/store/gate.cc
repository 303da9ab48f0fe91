#include "engine/store/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace skilltrail::store {
namespace {

constexpr const char* kFile = "gate";
constexpr mode_t kMode = 0666;

int RetryingFlock(int fd, int operation) {
  int done = 0;
  do {
    done = ::flock(fd, operation);
  } while (done != 0 && errno == EINTR);
  return done;
}

Error GateError(const std::filesystem::path& path, int error) {
  return {Code::kFailed, fmt::format("cannot use {}: {}", path.string(), std::strerror(error)), "the store's directory must allow locks"};
}

}  // namespace

Result<GatePass> GatePass::Take(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kFile;
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) fd = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, kMode);
  if (fd < 0) {
    if (errno == EROFS || errno == EACCES) return GatePass(-1);
    return GateError(path, errno);
  }
  GatePass pass(fd);
  if (RetryingFlock(fd, LOCK_SH) != 0) return GateError(path, errno);
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
  if (reasons_.empty()) (void)RetryingFlock(fd_, LOCK_EX);
  reasons_.insert(reason);
}

void Gate::Release(uint64_t reason) {
  const std::lock_guard lock(mutex_);
  const auto held = reasons_.find(reason);
  if (held == reasons_.end()) return;
  reasons_.erase(held);
  if (reasons_.empty()) (void)RetryingFlock(fd_, LOCK_UN);
}

void Gate::ReleaseAll() {
  const std::lock_guard lock(mutex_);
  reasons_.clear();
  (void)RetryingFlock(fd_, LOCK_UN);
}

}  // namespace skilltrail::store
