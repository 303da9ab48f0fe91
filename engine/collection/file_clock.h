// FileClock: what time it is on a file system, by the stamp that it gives a file touched now. Its clock may be another machine's, and
// coarse. For the room's own .cc files.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace skilltrail::collection {

class FileClock {
 public:
  // Of the file system that `root` stands on. Touches a file of its own in `dir` if that is on the same one, else one without a name in
  // `root`, which nobody can see. Nothing if neither can be done: then no stamp there can be trusted.
  static std::optional<FileClock> Read(const std::filesystem::path& root, const std::filesystem::path& dir);

  // True if the file was last changed so long before this clock was read that any change since has left another stamp: its newest time is
  // older by 20 ms on a local file system, by 2 s on network, FUSE, FAT and unknown ones. A time in the future never is; nor is a file on
  // another file system.
  bool Settled(const struct stat& info) const;

  // The same of a directory's entries: never true where a directory's times may not tell that one came or went, which is everywhere but on
  // a local file system.
  bool SettledEntries(const struct stat& directory) const;

 private:
  uint64_t device_ = 0;
  int64_t before_ns_ = 0;
  bool local_ = false;
};

int64_t Nanoseconds(const timespec& time);

}  // namespace skilltrail::collection
