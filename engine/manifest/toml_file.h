// A TOML file under the pen: what it holds, what it shall hold, and whether that differs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/manifest/toml_value.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::manifest {

// The document of a file that is only read; nothing if there is no such file. kFailed naming file, line and fault if it cannot be read.
Result<std::optional<Table>> ReadToml(const std::filesystem::path& file);

class TomlFile {
 public:
  // As ReadToml; a missing file is an empty document.
  static Result<TomlFile> Open(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  bool exists() const { return exists_; }
  // True if the file still holds the bytes that were read or saved.
  bool Current() const;
  Table& table() { return table_; }
  const Table& table() const { return table_; }

  // True if the document says something else than the file. A file that a person laid out otherwise, or commented, is not different for
  // that.
  bool Changed() const;
  // Replaces the file if it Changed. kFailed naming the file and the key, and nothing is touched, if a text is not UTF-8.
  Status Save();

 private:
  std::filesystem::path path_;
  bool exists_ = false;
  Digest read_;         // of those bytes; zero: no file
  std::string before_;  // what was read, in our layout
  Table table_;
};

}  // namespace skilltrail::manifest
