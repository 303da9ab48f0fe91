// FileSource: a file as a body, piece by piece; the file has no name any more and goes with the object.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "cli/http/message.h"

namespace skilltrail::cli::http {

// A directory of its own for one file on its way out; gone with the object.
class ScratchDirectory {
 public:
  static Result<ScratchDirectory> Make();
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// Opens the file and takes its name away.
Result<std::unique_ptr<BodySource>> TakeFile(const std::filesystem::path& file);

}  // namespace skilltrail::cli::http
