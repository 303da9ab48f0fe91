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
  // What is composed is not what the table says any more.
  Table& table() {
    composed_.reset();
    return table_;
  }
  const Table& table() const { return table_; }

  // True if the document says something else than the file. A file that a person laid out otherwise, or commented, is not different for
  // that.
  bool Changed() const;
  // Makes the bytes that Save is to write; it does so itself if that was not done. kFailed naming the file and the key if a text is not
  // UTF-8.
  Status Compose();
  // Replaces the file if it Changed. Errors as Compose, and nothing is touched.
  Status Save();
  // Of the bytes that were read or saved; zero: there is no file.
  const Digest& digest() const { return read_; }

 private:
  std::filesystem::path path_;
  bool exists_ = false;
  Digest read_;
  std::string before_;                   // what was read, in our layout
  std::optional<std::string> composed_;  // what the table says
  Table table_;
};

}  // namespace skilltrail::manifest
