#include "engine/manifest/toml_value.h"

#include <algorithm>

#include "engine/manifest/toml_write.h"

namespace skilltrail::manifest {

const Value* Table::Find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

Value* Table::Find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).Find(key));
}

const Table* Table::FindTable(std::string_view key) const {
  const Value* value = Find(key);
  return value == nullptr ? nullptr : value->table();
}

Table* Table::FindTable(std::string_view key) {
  return const_cast<Table*>(std::as_const(*this).FindTable(key));
}

const Array* Table::FindArray(std::string_view key) const {
  const Value* value = Find(key);
  return value == nullptr ? nullptr : value->array();
}

void Table::Set(std::string_view key, Value value, std::span<const std::string_view> order) {
  if (Value* standing = Find(key)) {
    *standing = std::move(value);
    return;
  }
  const auto rank = std::find(order.begin(), order.end(), key);
  auto place = entries_.end();
  if (rank != order.end()) {
    const auto before = [&](const Entry& entry) { return std::find(order.begin(), rank, entry.key) != rank; };
    place = std::find_if(entries_.rbegin(), entries_.rend(), before).base();
  }
  entries_.insert(place, Entry{std::string(key), std::move(value)});
}

Table* Table::MakeTable(std::string_view key, std::span<const std::string_view> order) {
  if (Find(key) == nullptr) Set(key, Value{Table()}, order);
  return FindTable(key);
}

void Table::Append(std::string key, Value value) {
  entries_.push_back(Entry{std::move(key), std::move(value)});
}

void Table::Erase(std::string_view key) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
}

Value Text(std::string text) {
  return Value{std::move(text)};
}

Value Texts(const std::vector<std::string>& texts) {
  Array array;
  array.reserve(texts.size());
  for (const auto& text : texts) array.push_back(Text(text));
  return Value{std::move(array)};
}

std::optional<std::string> ScalarText(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  if (value.array() != nullptr || value.table() != nullptr) return std::nullopt;
  return WriteScalar(value);
}

}  // namespace skilltrail::manifest
