// Unpack: an archive that somebody else made becomes files in a private directory. Inner to this room.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "engine/session/context.h"
#include "engine/snapshot/archive_check.h"
#include "events/result.h"

namespace skilltrail::snapshot {

// The directory collections/.skilltrail-import of a store, empty, held by one process at a time and removed with the object. What a killed
// import left in it is removed.
class UnpackDirectory {
 public:
  // kBusy: another import is using it.
  static Result<UnpackDirectory> Open(const Context& context);
  ~UnpackDirectory();
  UnpackDirectory(UnpackDirectory&& other) noexcept : dir_(std::move(other.dir_)), fd_(std::exchange(other.fd_, -1)) {}
  const std::filesystem::path& path() const { return dir_; }

 private:
  UnpackDirectory(std::filesystem::path dir, int fd) : dir_(std::move(dir)), fd_(fd) {}
  std::filesystem::path dir_;
  int fd_;
};

struct Unpacked {
  std::filesystem::path dir;  // the collection's files
  std::string root;           // the one folder that held them in the archive; empty: none did
};
// Reads the whole archive first and refuses it whole (kCorrupt, limits of tar_stream.h, of a file 256 MiB); only then writes its files
// into `dir`, which is made and must not exist. An archive with folders of ours inside is none of somebody else's: kCorrupt.
Result<Unpacked> Unpack(const Context& context, const OpenFile& file, const std::filesystem::path& dir);

}  // namespace skilltrail::snapshot
