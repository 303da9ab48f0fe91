// A TOML document in the order of its file: what the room reads, changes and writes. toml++ itself sorts keys, the peer does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace skilltrail::manifest {

struct Value;
struct Entry;
using Array = std::vector<Value>;

// A native TOML date or time, as it is written.
struct Moment {
  std::string text;
};

// Keys and values in order. A lookup walks the keys: tables here hold a few dozen, and long ones (the lock's entries) are walked by their
// owners.
class Table {
 public:
  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  // The table or array under `key`; null if there is none or it is something else.
  const Table* FindTable(std::string_view key) const;
  Table* FindTable(std::string_view key);
  const Array* FindArray(std::string_view key) const;
  // Replaces the value in place. A new key goes behind the last one that stands before it in `order`: to the front if none does, to the
  // end if `order` does not know it.
  void Set(std::string_view key, Value value, std::span<const std::string_view> order = {});
  // As Set, with an empty table where none stands. Null if something else stands there.
  Table* MakeTable(std::string_view key, std::span<const std::string_view> order = {});
  void Append(std::string key, Value value);
  void Erase(std::string_view key);
  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }

 private:
  std::vector<Entry> entries_;
};

struct Value {
  std::variant<std::string, int64_t, double, bool, Moment, Array, Table> held;
  size_t line = 0;  // in the file, from 1; 0 for what was made here

  const std::string* text() const { return std::get_if<std::string>(&held); }
  const Array* array() const { return std::get_if<Array>(&held); }
  const Table* table() const { return std::get_if<Table>(&held); }
  Table* table() { return std::get_if<Table>(&held); }
};

struct Entry {
  std::string key;
  Value value;
};

Value Text(std::string text);
Value Texts(const std::vector<std::string>& texts);

// The text of a string, or of a number, boolean or time as it is written; nothing for arrays and tables.
std::optional<std::string> ScalarText(const Value& value);

}  // namespace skilltrail::manifest
