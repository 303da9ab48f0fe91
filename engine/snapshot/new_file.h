// NewFile: a file that appears under its name whole and durable, or not at all. Inner to this room.
#pragma once

#include <filesystem>
#include <memory>

#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::snapshot {

class NewFile {
 public:
  // Opens ".NAME.skilltrail-tmp" beside it, empty; one that a killed command left is taken over. kFailed naming it; kBusy: another process
  // writes that very file.
  static Result<std::unique_ptr<NewFile>> Open(const std::filesystem::path& path);
  // Removes what has not been kept.
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int fd() const { return fd_; }
  // Syncs it and gives it its name. kConflict if something stands there that does not have the `digest` of what was written.
  Status Keep(const Digest& digest);

 private:
  NewFile(std::filesystem::path path, std::filesystem::path temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

  std::filesystem::path path_, temporary_;
  int fd_;
  bool kept_ = false;
};

}  // namespace skilltrail::snapshot
