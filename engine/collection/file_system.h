// FileSystem: the system calls of this room, with their errors named. For the room's own .cc files.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "events/result.h"

namespace skilltrail::collection {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// kFailed "cannot <verb> <path>: <what errno says>".
Error SystemError(std::string_view verb, const std::filesystem::path& path, int number);

// True if nothing stands there, not even a broken link; kFailed if that cannot be told.
Result<bool> IsAbsent(const std::filesystem::path& path);

Status WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path);
Status SyncDirectory(const std::filesystem::path& dir);
// Makes the directory and its missing parents, each synced into the one above it.
Status MakeDirectories(const std::filesystem::path& dir);
// Deletes what stands there, never following a link; directories that forbid it are made writable first. Fine if there is nothing.
Status RemoveTree(const std::filesystem::path& path);

// These return 0 or the errno.
int Rename(const std::filesystem::path& from, const std::filesystem::path& to);
int RenameNoReplace(const std::filesystem::path& from, const std::filesystem::path& to);  // EEXIST if `to` exists
int RenameExchange(const std::filesystem::path& a, const std::filesystem::path& b);       // EINVAL, ENOSYS: not on this file system

}  // namespace skilltrail::collection
