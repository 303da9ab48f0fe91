// TarWriter: writes a compressed, sealed tar to an open file, member by member, in constant memory. The same members give the same bytes:
// everything that a system would add (owner, time of writing, locale, number of processors) is fixed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/archive/seal.h"
#include "events/digest.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::archive {

// Levels were chosen by bench/export_bench, for time: gzip 1 takes two thirds of tar's usual 6 and gives a twelfth more bytes; zstd 1 half
// of zstd's usual 3, and a seventh more bytes.
inline constexpr int kGzipLevel = 1;
inline constexpr int kZstdLevel = 1;

class TarWriter {
 public:
  // The file is open for writing, empty, and stays the caller's; so does syncing it. `mtime` is that of every member, in whole seconds.
  static Result<std::unique_ptr<TarWriter>> Open(int fd, Packing packing, Micros mtime);
  ~TarWriter();

  // A regular file of exactly `size` bytes, which Write brings in order.
  Status Begin(std::string_view path, bool executable, uint64_t size);
  Status Write(std::string_view bytes);
  // The end of the archive, and its seal. The digest of the whole file. Once, and last. After an error nothing more can be written.
  Result<Digest> Finish();
  // How many there are in the file so far.
  uint64_t bytes() const;

 private:
  struct Rep;
  explicit TarWriter(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace skilltrail::archive
