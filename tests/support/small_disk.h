// SmallDisk: a file system of its own and of little room, for what a full, foreign or read-only disk does to a program.
#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <string>
#include <utility>

namespace skilltrail::testing {

// Mounted while it lives, where this process may mount one: a test that finds it not mounted says so and ends.
class SmallDisk {
 public:
  // `size` as tmpfs takes it: "900k", "2m".
  SmallDisk(std::filesystem::path at, const std::string& size) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const std::filesystem::path& at() const { return at_; }
  bool MakeReadOnly() const { return ::mount(nullptr, at_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0; }
  bool MakeWritable() const { return ::mount(nullptr, at_.c_str(), nullptr, MS_REMOUNT, nullptr) == 0; }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

}  // namespace skilltrail::testing
