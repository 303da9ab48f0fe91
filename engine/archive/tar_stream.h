// TarStream: reads a compressed tar from an open file, member by member, in constant memory, hostile input assumed. Only regular files and
// directories pass, at relative paths inside, within limits; anything else ends the reading.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "events/result.h"

namespace skilltrail::archive {

struct StreamLimits {
  uint64_t max_members = 1'000'000;
  size_t max_depth = 64;                   // components of a path; its bytes are bounded by CheckRelativePath
  uint64_t max_member_bytes = 4ull << 30;  // of one file
  uint64_t max_bytes = 64ull << 30;        // of all files together
  // Unpacked bytes for each packed one. Texts pack to a tenth, events to a thirtieth; a bomb of gzip to a thousandth. A small archive may
  // be all zeros, so the first `free_bytes` are not held to it.
  uint64_t max_ratio = 400;
  uint64_t free_bytes = 64ull << 20;
};

struct StreamMember {
  std::string path;  // relative, '/', without a slash at the end
  bool directory = false;
  bool executable = false;
  uint64_t size = 0;  // as its header says; the bytes that come are as many
};
// The next bytes of the member, empty at its end. Valid until the next call.
using ReadBytes = std::function<Result<std::string_view>()>;

// Calls visit for each member in the archive's order, from the begin of the file. What visit leaves unread is passed over. gzip and zstd
// are recognised. kCorrupt: no such archive, damaged, over a limit, a path that points outside, or a member that is
// neither a regular file nor a directory. visit's error ends the reading and is returned.
Status StreamTar(int fd, const StreamLimits& limits, const std::function<Status(const StreamMember&, const ReadBytes&)>& visit);

}  // namespace skilltrail::archive
