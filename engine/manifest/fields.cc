#include "engine/manifest/fields.h"

#include <fmt/format.h>

#include "engine/manifest/toml_parse.h"

namespace skilltrail::manifest {

std::string FieldReader::Required(std::string_view key) {
  if (table_.Find(key) == nullptr) {
    Fail(key, "is missing");
    return "";
  }
  std::string text = Text(key);
  if (text.empty()) Fail(key, "is empty");
  return text;
}

std::string FieldReader::Text(std::string_view key) {
  const Value* value = table_.Find(key);
  if (value == nullptr) return "";
  if (const std::string* text = value->text()) return *text;
  Fail(key, "is not a string");
  return "";
}

Micros FieldReader::Time(std::string_view key, TimeParser parse) {
  const Value* value = table_.Find(key);
  if (value == nullptr) return 0;
  const auto text = ScalarText(*value);
  const auto time = text ? parse(*text) : std::nullopt;
  if (!time) Fail(key, "is not a time such as \"2026-03-01T08:00:00.000001\"");
  return time.value_or(0);
}

bool FieldReader::Flag(std::string_view key) {
  const Value* value = table_.Find(key);
  if (value == nullptr) return false;
  const bool* flag = std::get_if<bool>(&value->held);
  if (flag == nullptr) Fail(key, "is neither true nor false");
  return flag != nullptr && *flag;
}

std::vector<std::string> FieldReader::Texts(std::string_view key) {
  std::vector<std::string> out;
  const Value* value = table_.Find(key);
  if (value == nullptr) return out;
  if (value->array() == nullptr) {
    Fail(key, "is not an array of strings");
    return out;
  }
  for (const Value& item : *value->array()) {
    if (item.text() == nullptr) {
      Fail(key, "is not an array of strings");
      return out;
    }
    out.push_back(*item.text());
  }
  return out;
}

void FieldReader::Fail(std::string_view key, const std::string& fault) {
  if (!status_.ok()) return;
  const Value* value = table_.Find(key);
  const size_t line = value == nullptr || value->line == 0 ? line_ : value->line;
  status_ = Fault(file_, line, fmt::format("{} of {} {}", key, what_, fault));
}

void FieldReader::Expect(std::string_view key, const Status& check) {
  if (!check.ok()) Fail(key, "is not allowed: " + check.error().message);
}

std::string TextOf(const Table& table, std::string_view key) {
  const Value* value = table.Find(key);
  return value == nullptr ? "" : ScalarText(*value).value_or("");
}

Micros TimeOf(const Table& table, std::string_view key, TimeParser parse) {
  return parse(TextOf(table, key)).value_or(0);
}

void SetText(Table* table, std::string_view key, const std::string& wanted, KeyOrder order) {
  if (TextOf(*table, key) == wanted) return;
  if (wanted.empty()) {
    table->Erase(key);
  } else {
    table->Set(key, Text(wanted), order);
  }
}

void SetTime(Table* table, std::string_view key, Micros wanted, KeyOrder order) {
  if (TimeOf(*table, key) == wanted) return;
  if (wanted == 0) {
    table->Erase(key);
  } else {
    table->Set(key, Text(FormatNaiveTime(wanted)), order);
  }
}

std::optional<ArtifactType> TypeOf(const Table& table, std::string_view key) {
  return ParseType(TextOf(table, key));
}

void EraseIfEmpty(Table* table, std::string_view key) {
  const Table* inner = table->FindTable(key);
  if (inner != nullptr && inner->empty()) table->Erase(key);
}

}  // namespace skilltrail::manifest
