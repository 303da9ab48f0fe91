// TarReader: the members of a compressed tar, in memory, hostile input assumed. The room is the only one with libarchive.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "events/result.h"

namespace skilltrail::archive {

struct Member {
  std::string path;  // relative, '/', no "..", not absolute: anything else ends the reading with kCorrupt
  enum class Kind { kFile, kDirectory, kSymlink, kOther } kind = Kind::kFile;
  bool executable = false;
  std::string link_target;  // of a symlink, as it stands in the archive
  std::string bytes;        // of a file
};

struct TarLimits {
  uint64_t max_bytes = 1u << 30;  // of all files together, uncompressed
  uint64_t max_members = 200'000;
};

// Calls visit for each member in the archive's order; gzip and zstd are recognised. kCorrupt: not such an archive, damaged, over a limit,
// or a member that points outside; nothing is said then of what was visited before. visit's error ends the reading and is returned.
Status ReadTar(std::string_view bytes, const TarLimits& limits, const std::function<Status(Member)>& visit);

}  // namespace skilltrail::archive
