// Seal: the last bytes of an archive, which hold the SHA-256 of all that stands before them. So every flipped bit and every missing byte
// is found before anything is unpacked: gzip leaves parts of its header and zstd by default everything unchecked, and tar its padding.
//
// Other programs pass over it, by the rules of the formats: in a .tar.zst it is a skippable frame (RFC 8878, 3.1.2), in a .tar.gz one more
// member of no content, the seal in its extra field (RFC 1952, 2.3.1.1).
#pragma once

#include <string>

#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::archive {

enum class Packing { kGzip, kZstd };

// From the end of the file's name: .tar.gz, .tgz or .tar.zst. kUsage naming these otherwise.
Result<Packing> PackingOf(const std::string& file);

std::string SealOf(Packing packing, const Digest& digest);

// Reads the open file from its begin to its end. Its digest without the seal; kCorrupt if the seal is not there or is another: the file is
// damaged, cut, or none of ours.
struct SealedFile {
  Packing packing = Packing::kZstd;
  uint64_t bytes = 0;  // without the seal
  Digest digest;       // of the whole file, seal included: what the file is called by
};
Result<SealedFile> CheckSeal(int fd);

}  // namespace skilltrail::archive
