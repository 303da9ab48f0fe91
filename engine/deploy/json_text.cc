#include "engine/deploy/json_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace skilltrail::deploy {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;
constexpr std::string_view kBlank = " \t\r\n";

struct Member {
  std::string name;
  size_t begin = 0;  // of the name's quotation mark
  size_t value = 0;
  size_t end = 0;
};

struct Outline {
  size_t open = 0, close = 0;  // the braces of the document
  std::vector<Member> members;
};

// Of text that has been parsed already, so that it needs no errors of its own.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Outline Run() {
    Outline outline;
    at_ = text_.find('{');
    outline.open = at_++;
    for (SkipBlank(); text_[at_] != '}'; SkipBlank()) {
      Member member;
      member.begin = at_;
      SkipString();
      member.name = Json::parse(text_.substr(member.begin, at_ - member.begin)).get<std::string>();
      at_ = text_.find(':', at_) + 1;
      SkipBlank();
      member.value = at_;
      SkipValue();
      member.end = at_;
      outline.members.push_back(std::move(member));
      SkipBlank();
      if (text_[at_] == ',') ++at_;
    }
    outline.close = at_;
    return outline;
  }

 private:
  void SkipBlank() { at_ = text_.find_first_not_of(kBlank, at_); }
  void SkipString() {
    for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\' ? 1 : 0;
    ++at_;
  }
  void SkipValue() {
    for (int depth = 0;;) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}' || kBlank.find(c) != std::string_view::npos)) return;
      if (c == '"') {
        SkipString();
      } else {
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        ++at_;
      }
      if (depth == 0 && (c == '"' || c == '}' || c == ']')) return;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

// How a document is laid out; an empty one as people and tools do it.
struct Layout {
  bool lines = true;  // a member a line
  std::string indent = "  ";
  std::string line_break = "\n";
};

Layout LayoutOf(std::string_view text, const Outline& outline) {
  Layout layout;
  if (text.find("\r\n") != std::string_view::npos) layout.line_break = "\r\n";
  if (outline.members.empty()) return layout;
  const auto before = text.substr(outline.open + 1, outline.members.front().begin - outline.open - 1);
  const size_t line = before.rfind('\n');
  layout.lines = line != std::string_view::npos;
  if (layout.lines && line + 1 < before.size()) layout.indent = before.substr(line + 1);
  return layout;
}

// As the value of a top-level member.
std::string Write(const Json& value, const Layout& layout) {
  const bool tabs = layout.indent.front() == '\t';
  const int width = layout.lines ? static_cast<int>(layout.indent.size()) : -1;
  const std::string plain = value.dump(width, tabs ? '\t' : ' ', false, Json::error_handler_t::replace);
  std::string text;
  for (const char c : plain) {
    // Inside of strings a line break is written as an escape.
    if (c == '\n') {
      text += layout.line_break + layout.indent;
    } else {
      text += c;
    }
  }
  return text;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(kBlank) == std::string_view::npos;
}

const Member* Find(const Outline& outline, std::string_view name) {
  const auto found = std::find_if(outline.members.begin(), outline.members.end(), [&](const Member& one) { return one.name == name; });
  return found == outline.members.end() ? nullptr : &*found;
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
    return Error{Code::kFailed, fmt::format("it is not JSON: {}", fault.what()), {}};
  }
  if (too_deep) return Error{Code::kFailed, fmt::format("it is nested deeper than {} levels", kMaxDepth), {}};
  if (!parsed.is_object()) return Error{Code::kFailed, "it is JSON, but no object", {}};
  std::set<std::string> names;
  for (const auto& member : Scanner(text).Run().members) {
    if (!names.insert(member.name).second) return Error{Code::kFailed, fmt::format("it has two members '{}'", member.name), {}};
  }
  return parsed;
}

std::string WithMember(std::string_view given, std::string_view name, const Json& value) {
  std::string text(IsBlank(given) ? "{}\n" : given);
  const Outline outline = Scanner(text).Run();
  const Layout layout = LayoutOf(text, outline);
  const std::string written = Write(value, layout);
  if (const Member* member = Find(outline, name); member != nullptr)
    return text.replace(member->value, member->end - member->value, written);
  const std::string start = layout.lines ? layout.line_break + layout.indent : std::string();
  const std::string added = fmt::format("{}{}:{}{}", start, Json(name).dump(), layout.lines ? " " : "", written);
  if (!outline.members.empty()) return text.insert(outline.members.back().end, "," + added);
  return text.replace(outline.open + 1, outline.close - outline.open - 1, added + layout.line_break);
}

std::string WithoutMember(std::string_view given, std::string_view name) {
  std::string text(given);
  if (IsBlank(text)) return text;
  const Outline outline = Scanner(text).Run();
  const Member* member = Find(outline, name);
  if (member == nullptr) return text;
  const auto index = static_cast<size_t>(member - outline.members.data());
  if (outline.members.size() == 1) return text.erase(outline.open + 1, outline.close - outline.open - 1);
  if (index + 1 == outline.members.size()) {
    const size_t from = outline.members[index - 1].end;
    return text.erase(from, member->end - from);
  }
  return text.erase(member->begin, outline.members[index + 1].begin - member->begin);
}

}  // namespace skilltrail::deploy
