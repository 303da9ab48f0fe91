// Lock: one writing process a store. The file `lock` is locked by the kernel (flock), so that it goes with the process, and names its
// holder: pid, command and start time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail::store {

class Lock {
 public:
  // Waits up to timeout_ms for the lock; then kBusy naming the holder. kFailed if the file can't be made (read-only store).
  static Result<Lock> Take(const std::filesystem::path& dir, const std::string& command, int timeout_ms, Micros now);
  ~Lock();
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) noexcept;

 private:
  explicit Lock(int fd);
  int fd_ = -1;
};

}  // namespace skilltrail::store
