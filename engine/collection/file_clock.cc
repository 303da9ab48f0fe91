#include "engine/collection/file_clock.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "engine/collection/file_system.h"

namespace skilltrail::collection {
namespace {

constexpr int64_t kLocalSlackNs = 20'000'000;     // two ticks of the slowest kernel clock (HZ=100)
constexpr int64_t kOtherSlackNs = 2'000'000'000;  // FAT counts two seconds at a time; others may lag behind a server
constexpr const char* kFileName = "clock";

constexpr int64_t kZfsMagic = 0x2fc12fc1;  // not in linux/magic.h

bool IsLocal(int fd) {
  static constexpr std::array<int64_t, 7> kLocal = {EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC,
                                                    F2FS_SUPER_MAGIC, XFS_SUPER_MAGIC,   kZfsMagic};
  struct statfs info {};
  return ::fstatfs(fd, &info) == 0 && std::find(kLocal.begin(), kLocal.end(), static_cast<int64_t>(info.f_type)) != kLocal.end();
}

}  // namespace

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::optional<FileClock> FileClock::Read(const std::filesystem::path& root, const std::filesystem::path& dir) {
  struct stat at_root {};
  struct stat touched {};
  if (::stat(root.c_str(), &at_root) != 0) return std::nullopt;
  Descriptor fd(::open((dir / kFileName).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.ok() || ::fstat(fd.get(), &touched) != 0 || touched.st_dev != at_root.st_dev) {
    fd = Descriptor(::open(root.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  }
  const timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  if (!fd.ok() || ::futimens(fd.get(), now) != 0 || ::fstat(fd.get(), &touched) != 0) return std::nullopt;
  FileClock clock;
  clock.device_ = touched.st_dev;
  clock.local_ = IsLocal(fd.get());
  clock.before_ns_ = Nanoseconds(touched.st_mtim) - (clock.local_ ? kLocalSlackNs : kOtherSlackNs);
  return clock;
}

bool FileClock::Settled(const struct stat& info) const {
  return info.st_dev == device_ && std::max(Nanoseconds(info.st_mtim), Nanoseconds(info.st_ctim)) < before_ns_;
}

bool FileClock::SettledEntries(const struct stat& directory) const {
  return local_ && Settled(directory);
}

}  // namespace skilltrail::collection
