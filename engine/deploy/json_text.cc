#include "engine/deploy/json_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace skilltrail::deploy {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;
constexpr std::string_view kBlank = " \t\r\n";

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(kBlank) == std::string_view::npos;
}

// Of text that has been parsed already, so that it needs no errors of its own.
class Cursor {
 public:
  Cursor(std::string_view text, size_t at) : text_(text), at_(at) {}

  char peek() const { return text_[at_]; }
  size_t at() const { return at_; }
  void Step() { ++at_; }
  std::string Blank() { return Take(text_.find_first_not_of(kBlank, at_)); }
  std::string String() {
    size_t end = at_ + 1;
    for (; text_[end] != '"'; ++end) end += text_[end] == '\\' ? 1 : 0;
    return Take(end + 1);
  }
  // A name with its colon and the blanks after it.
  std::string Key() {
    std::string key = String();
    key += Blank();
    key += Take(at_ + 1);
    return key + Blank();
  }
  std::string Value() {
    if (peek() == '"') return String();
    if (peek() != '{' && peek() != '[') return Take(text_.find_first_of(" \t\r\n,]}", at_));
    Cursor inside(text_, at_);
    int depth = 0;
    do {
      const char c = inside.peek();
      if (c == '"') {
        std::ignore = inside.String();
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      inside.Step();
    } while (depth > 0);
    return Take(inside.at());
  }

 private:
  std::string Take(size_t end) {
    std::string taken(text_.substr(at_, end - at_));
    at_ = end;
    return taken;
  }

  std::string_view text_;
  size_t at_;
};

std::string LineStart(const JsonLayout& layout, int depth) {
  std::string start = layout.line_break;
  for (int i = 0; i < depth; ++i) start += layout.indent;
  return start;
}

}  // namespace

Result<Json> ParseJsonObject(std::string_view text) {
  if (IsBlank(text)) return Json::object();
  bool too_deep = false;
  const auto within = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json parsed;
  try {
    parsed = Json::parse(text.begin(), text.end(), within);
  } catch (const Json::exception& fault) {
    std::string what = fault.what();
    if (const size_t end = what.find("] "); what.starts_with('[') && end != std::string::npos)
      what.erase(0, end + 2);  // the library's number
    return Error{Code::kFailed, fmt::format("it is not JSON: {}", what), {}};
  }
  if (too_deep) return Error{Code::kFailed, fmt::format("it is nested deeper than {} levels", kMaxDepth), {}};
  if (!parsed.is_object()) return Error{Code::kFailed, "it is JSON, but no object", {}};
  // Nobody knows which of two counts.
  std::set<std::string> names;
  for (const auto& item : JsonText::Split(text).items) {
    const std::string name = JsonText::NameOf(item);
    if (!names.insert(name).second) return Error{Code::kFailed, fmt::format("it has two members \"{}\"", name), {}};
  }
  return parsed;
}

JsonText JsonText::Split(std::string_view text) {
  JsonText parts;
  if (IsBlank(text)) {
    parts.after_ = "\n";
    return parts;
  }
  const size_t begin = text.find_first_of("{[");
  parts.before_ = text.substr(0, begin);
  parts.open_ = text[begin];
  const char close = parts.open_ == '{' ? '}' : ']';
  Cursor cursor(text, begin + 1);
  std::string lead = cursor.Blank();
  while (cursor.peek() != close) {
    JsonItem item;
    item.lead = std::move(lead);
    if (parts.open_ == '{') item.key = cursor.Key();
    item.text = cursor.Value();
    item.trail = cursor.Blank();
    const bool last = cursor.peek() == close;
    if (last) {
      lead = std::exchange(item.trail, {});
    } else {
      cursor.Step();
      lead = cursor.Blank();
    }
    parts.items.push_back(std::move(item));
  }
  parts.tail_ = std::move(lead);
  parts.after_ = text.substr(cursor.at() + 1);
  return parts;
}

JsonText JsonText::Empty(char open) {
  JsonText parts;
  parts.open_ = open;
  return parts;
}

std::string JsonText::Join() const {
  std::string text = before_;
  text += open_;
  for (const auto& item : items) {
    if (&item != &items.front()) text += ',';
    text.append(item.lead).append(item.key).append(item.text).append(item.trail);
  }
  // The blanks that led what was taken out lead nothing.
  if (!items.empty()) text += tail_;
  text += open_ == '{' ? '}' : ']';
  return text + after_;
}

JsonLayout JsonText::Layout() const {
  JsonLayout layout;
  if (items.empty()) return layout;
  const std::string& lead = items.front().lead;
  const size_t line = lead.rfind('\n');
  layout.lines = line != std::string::npos;
  if (layout.lines && line + 1 < lead.size()) layout.indent = lead.substr(line + 1);
  if (lead.find("\r\n") != std::string::npos) layout.line_break = "\r\n";
  return layout;
}

std::string JsonText::NameOf(const JsonItem& item) {
  const size_t end = item.key.rfind('"');
  return Json::parse(item.key.substr(0, end + 1)).get<std::string>();
}

JsonItem* JsonText::Find(std::string_view name) {
  const auto found = std::find_if(items.rbegin(), items.rend(), [&](const JsonItem& item) { return NameOf(item) == name; });
  return found == items.rend() ? nullptr : &*found;
}

void JsonText::Erase(std::string_view name) {
  std::erase_if(items, [&](const JsonItem& item) { return NameOf(item) == name; });
}

void JsonText::Append(std::string_view name, std::string text, const JsonLayout& layout, int depth) {
  JsonItem item;
  if (!items.empty()) {
    const std::string& first = items.front().lead;
    item.lead = first.find('\n') != std::string::npos ? first : items.back().lead;
  } else if (layout.lines) {
    item.lead = LineStart(layout, depth + 1);
    tail_ = LineStart(layout, depth);
  }
  if (open_ == '{') item.key = Json(name).dump() + (layout.lines ? ": " : ":");
  item.text = std::move(text);
  items.push_back(std::move(item));
}

std::string JsonValueText(const Json& value, const JsonLayout& layout, int depth) {
  const bool tabs = layout.indent.front() == '\t';
  const int width = layout.lines ? static_cast<int>(layout.indent.size()) : -1;
  const std::string plain = value.dump(width, tabs ? '\t' : ' ', false, Json::error_handler_t::replace);
  const std::string start = LineStart(layout, depth + 1);
  std::string text;
  for (const char c : plain) {
    // Inside of strings a line break is written as an escape.
    if (c == '\n') {
      text += start;
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace skilltrail::deploy
