#include "engine/manifest/toml_write.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace skilltrail::manifest {
namespace {

constexpr size_t kMaxInlineColumns = 100;
constexpr std::string_view kIndent = "    ";

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

void AppendQuoted(std::string* out, std::string_view text) {
  *out += '"';
  size_t plain = 0;  // from where on nothing had to be escaped
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!IsControl(c) && c != '"' && c != '\\') continue;
    out->append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '\b':
        *out += "\\b";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\f':
        *out += "\\f";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      default:
        *out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out->append(text, plain);
  *out += '"';
}

void AppendKey(std::string* out, std::string_view part) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!part.empty() && std::all_of(part.begin(), part.end(), bare)) {
    *out += part;
  } else {
    AppendQuoted(out, part);
  }
}

// As Python's repr: the shortest digits that read back as the same number, scientific below 1e-4 and from 1e16 on, always with a point or
// an exponent.
std::string FloatText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  const double size = std::abs(number);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, fixed ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  std::string out(buffer, end);
  if (fixed && out.find('.') == std::string::npos) out += ".0";
  return out;
}

void AppendItem(std::string* out, const Value& value, size_t nesting);

void AppendInline(std::string* out, const Table& table) {
  if (table.empty()) {
    *out += "{}";
    return;
  }
  std::string_view before = "{ ";
  for (const auto& entry : table.entries()) {
    *out += before;
    AppendKey(out, entry.key);
    *out += " = ";
    AppendItem(out, entry.value, 0);
    before = ", ";
  }
  *out += " }";
}

void AppendArray(std::string* out, const Array& array, size_t nesting) {
  if (array.empty()) {
    *out += "[]";
    return;
  }
  *out += "[\n";
  for (const auto& item : array) {
    for (size_t i = 0; i <= nesting; ++i) *out += kIndent;
    AppendItem(out, item, nesting + 1);
    *out += ",\n";
  }
  for (size_t i = 0; i < nesting; ++i) *out += kIndent;
  *out += "]";
}

void AppendItem(std::string* out, const Value& value, size_t nesting) {
  std::visit(Overloaded{
                 [&](const std::string& text) { AppendQuoted(out, text); },
                 [&](int64_t number) { *out += std::to_string(number); },
                 [&](double number) { *out += FloatText(number); },
                 [&](bool flag) { *out += flag ? "true" : "false"; },
                 [&](const Moment& moment) { *out += moment.text; },
                 [&](const Array& array) { AppendArray(out, array, nesting); },
                 [&](const Table& table) { AppendInline(out, table); },
             },
             value.held);
}

// The peer counts characters, not bytes.
size_t Columns(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool FitsInline(const Value& value) {
  std::string line;
  AppendInline(&line, *value.table());
  return kIndent.size() + Columns(line) + 1 <= kMaxInlineColumns && line.find('\n') == std::string::npos;
}

bool StandsAsTables(const Value& value) {
  const Array* array = value.array();
  if (array == nullptr || array->empty()) return false;
  if (!std::all_of(array->begin(), array->end(), [](const Value& item) { return item.table() != nullptr; })) return false;
  return !std::all_of(array->begin(), array->end(), FitsInline);
}

class Writer {
 public:
  void WriteTable(const Table& table, const std::string& name, bool in_array) {
    std::vector<const Entry*> tables;
    std::vector<const Entry*> items;
    for (const auto& entry : table.entries()) {
      (entry.value.table() != nullptr || StandsAsTables(entry.value) ? tables : items).push_back(&entry);
    }
    bool written = false;
    if (in_array || (!name.empty() && (!items.empty() || tables.empty()))) {
      out_ += in_array ? "[[" + name + "]]\n" : "[" + name + "]\n";
      written = true;
    }
    for (const Entry* entry : items) {
      AppendKey(&out_, entry->key);
      out_ += " = ";
      AppendItem(&out_, entry->value, 0);
      out_ += "\n";
      written = true;
    }
    for (const Entry* entry : tables) {
      const std::string key = name.empty() ? WriteKey(entry->key) : name + "." + WriteKey(entry->key);
      if (const Table* inner = entry->value.table()) {
        WriteBlock(*inner, key, false, &written);
      } else {
        for (const Value& item : *entry->value.array()) WriteBlock(*item.table(), key, true, &written);
      }
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteBlock(const Table& table, const std::string& name, bool in_array, bool* written) {
    if (*written) out_ += "\n";
    *written = true;
    WriteTable(table, name, in_array);
  }

  std::string out_;
};

}  // namespace

std::string WriteToml(const Table& table) {
  Writer writer;
  writer.WriteTable(table, "", false);
  return writer.Take();
}

std::string WriteScalar(const Value& value) {
  std::string out;
  AppendItem(&out, value, 0);
  return out;
}

std::string WriteKey(std::string_view part) {
  std::string out;
  AppendKey(&out, part);
  return out;
}

}  // namespace skilltrail::manifest
