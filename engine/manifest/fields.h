// The keys of one table as values of ours. Reading collects the first fault; writing leaves a key alone that already reads as wanted, so
// that a time with a zone, or a number where we want a text, stays as somebody wrote it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/manifest/toml_value.h"
#include "events/id.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::manifest {

using KeyOrder = std::span<const std::string_view>;
// How a text becomes a time: ParseNaiveTime, or ParseLocalTime of local_time.h.
using TimeParser = std::optional<Micros> (*)(std::string_view);

class FieldReader {
 public:
  // `table` stands in `line` of `file`; `what` names it: "artifacts[3]". All must outlive the reader.
  FieldReader(const std::filesystem::path& file, const Table& table, size_t line, std::string what)
      : file_(file), table_(table), line_(line), what_(std::move(what)) {}

  // A fault if it is absent, empty or no string.
  std::string Required(std::string_view key);
  // Empty if absent; a fault if it is no string.
  std::string Text(std::string_view key);
  // 0 if absent; a fault if it is no time.
  Micros Time(std::string_view key, TimeParser parse = ParseNaiveTime);
  // False if absent; a fault if it is no boolean.
  bool Flag(std::string_view key);
  // Empty if absent; a fault if it is no array of strings.
  std::vector<std::string> Texts(std::string_view key);

  void Fail(std::string_view key, const std::string& fault);
  // A failed check of the key's value is a fault of it.
  void Expect(std::string_view key, const Status& check);
  // From now on faults say this.
  void Rename(std::string what) { what_ = std::move(what); }
  const Status& status() const { return status_; }

 private:
  const std::filesystem::path& file_;
  const Table& table_;
  size_t line_;
  std::string what_;
  Status status_;
};

// "" or 0: the key is absent, or is none.
std::string TextOf(const Table& table, std::string_view key);
Micros TimeOf(const Table& table, std::string_view key, TimeParser parse = ParseNaiveTime);

// An empty text, and 0, remove the key.
void SetText(Table* table, std::string_view key, const std::string& wanted, KeyOrder order);
void SetTime(Table* table, std::string_view key, Micros wanted, KeyOrder order);

// The type that key "type" of a record names; nothing if it is none of ours.
std::optional<ArtifactType> TypeOf(const Table& table, std::string_view key);

// Removes the table under `key` if it is empty.
void EraseIfEmpty(Table* table, std::string_view key);

}  // namespace skilltrail::manifest
