#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_file.h"
#include "engine/manifest/toml_value.h"

namespace skilltrail::manifest {
namespace {

constexpr std::string_view kTables[] = {"settings", "analytics", "artifact_search"};
// The peer takes every value here for text: a collection may well be called "2026" or "true".
constexpr std::string_view kTextPrefix = "settings.";

// Adds the dotted key and text of every number, boolean, time and string. A key that itself holds a dot cannot be named that way: it stays
// out, and in the file.
void CollectSettings(const Table& table, const std::string& prefix, std::map<std::string, std::string>* values) {
  for (const auto& entry : table.entries()) {
    if (entry.key.empty() || entry.key.find('.') != std::string::npos) continue;
    if (const Table* inner = entry.value.table()) {
      CollectSettings(*inner, prefix + entry.key + ".", values);
    } else if (auto text = ScalarText(entry.value)) {
      values->emplace(prefix + entry.key, std::move(*text));
    }
  }
}

std::optional<int64_t> ParseInteger(const std::string& text) {
  int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size() || std::to_string(number) != text) return std::nullopt;
  return number;
}

// A text keeps being one; elsewhere what looks like a boolean or a whole number becomes one.
Value MakeValue(const std::string& key, const std::string& text, const Value* standing) {
  if ((standing != nullptr && standing->text() != nullptr) || (standing == nullptr && key.starts_with(kTextPrefix))) return Text(text);
  if (text == "true" || text == "false") return Value{text == "true"};
  if (const auto number = ParseInteger(text)) return Value{*number};
  return Text(text);
}

Error BadKey(const std::string& key, const std::string& fault) {
  return Error{Code::kUsage, fmt::format("\"{}\" cannot be set: {}", key, fault), ""};
}

Status SetSetting(Table* table, const std::string& key, std::string_view rest, const std::string& text) {
  const size_t dot = rest.find('.');
  const std::string_view part = rest.substr(0, dot);
  if (part.empty()) return BadKey(key, "a part of the key is empty");
  if (dot != std::string_view::npos) {
    Table* inner = table->MakeTable(part, kTables);
    if (inner == nullptr) return BadKey(key, fmt::format("\"{}\" holds a value, no settings", part));
    return SetSetting(inner, key, rest.substr(dot + 1), text);
  }
  const Value* standing = table->Find(part);
  if (standing != nullptr && standing->table() != nullptr) return BadKey(key, "it holds settings, no value");
  if (standing == nullptr || ScalarText(*standing) != text) table->Set(part, MakeValue(key, text, standing), {});
  return {};
}

void EraseSetting(Table* table, std::string_view key) {
  const size_t dot = key.find('.');
  const std::string_view part = key.substr(0, dot);
  if (dot == std::string_view::npos) {
    table->Erase(part);
    return;
  }
  Table* inner = table->FindTable(part);
  EraseSetting(inner, key.substr(dot + 1));
  if (inner->empty()) table->Erase(part);
}

std::map<std::string, std::string> Settings(const Table& table) {
  std::map<std::string, std::string> values;
  CollectSettings(table, "", &values);
  return values;
}

}  // namespace

Result<std::map<std::string, std::string>> ReadConfig(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto config, ReadToml(file));
  return Settings(config.value_or(Table()));
}

Status WriteConfig(const std::filesystem::path& file, const std::map<std::string, std::string>& values) {
  ASSIGN_OR_RETURN(TomlFile config, TomlFile::Open(file));
  for (const auto& [key, text] : Settings(config.table())) {
    if (!values.contains(key)) EraseSetting(&config.table(), key);
  }
  for (const auto& [key, text] : values) RETURN_IF_ERROR(SetSetting(&config.table(), key, key, text));
  return config.Save();
}

}  // namespace skilltrail::manifest
