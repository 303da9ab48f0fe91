#include "engine/manifest/toml_file.h"

#include <fmt/format.h>

#include "engine/manifest/atomic_file.h"
#include "engine/manifest/toml_parse.h"
#include "engine/manifest/toml_write.h"
#include "events/name.h"

namespace skilltrail::manifest {
namespace {

// The path of the first text that is not UTF-8, with `path` before it; empty if all are.
std::string FindBadText(const Value& value, const std::string& path) {
  if (const std::string* text = value.text()) return IsUtf8(*text) ? "" : path;
  if (const Array* array = value.array()) {
    for (size_t i = 0; i < array->size(); ++i) {
      if (auto bad = FindBadText((*array)[i], fmt::format("{}[{}]", path, i)); !bad.empty()) return bad;
    }
  }
  if (const Table* table = value.table()) {
    for (const auto& entry : table->entries()) {
      const std::string inner = path.empty() ? WriteKey(entry.key) : path + "." + WriteKey(entry.key);
      if (!IsUtf8(entry.key)) return path.empty() ? "a key" : "a key of " + path;
      if (auto bad = FindBadText(entry.value, inner); !bad.empty()) return bad;
    }
  }
  return "";
}

}  // namespace

Result<std::optional<Table>> ReadToml(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto bytes, ReadWhole(file));
  if (!bytes) return std::optional<Table>();
  ASSIGN_OR_RETURN(Table table, ParseToml(*bytes, file));
  return std::optional<Table>(std::move(table));
}

Result<TomlFile> TomlFile::Open(std::filesystem::path path) {
  TomlFile file;
  file.path_ = std::move(path);
  ASSIGN_OR_RETURN(const auto bytes, ReadWhole(file.path_));
  if (bytes) {
    file.exists_ = true;
    file.read_ = Sha256(*bytes);
    ASSIGN_OR_RETURN(file.table_, ParseToml(*bytes, file.path_));
    file.before_ = WriteToml(file.table_);
  }
  return file;
}

bool TomlFile::Current() const {
  const auto bytes = ReadWhole(path_);
  return bytes.ok() && (*bytes ? Sha256(**bytes) : Digest{}) == read_;
}

bool TomlFile::Changed() const {
  return WriteToml(table_) != before_;
}

Status TomlFile::Compose() {
  if (composed_) return {};
  std::string after = WriteToml(table_);
  if (after != before_ && !IsUtf8(after)) {
    return Error{Code::kFailed, fmt::format("cannot write {}: {} is not UTF-8", path_.string(), FindBadText(Value{table_}, "")), ""};
  }
  composed_ = std::move(after);
  return {};
}

Status TomlFile::Save() {
  RETURN_IF_ERROR(Compose());
  if (*composed_ == before_) return {};
  RETURN_IF_ERROR(WriteFileAtomically(path_, *composed_));
  exists_ = true;
  read_ = Sha256(*composed_);
  before_ = *composed_;
  return {};
}

}  // namespace skilltrail::manifest
