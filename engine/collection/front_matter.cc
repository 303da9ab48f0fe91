#include "engine/collection/front_matter.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "engine/collection/artifact_kind.h"
#include "events/name.h"

namespace skilltrail::collection {
namespace {

constexpr size_t kMaxBytes = size_t{64} << 10;
constexpr size_t kMaxDepth = 32;  // people nest two or three levels; the parser recurses once a level
constexpr size_t kMaxDescriptionCharacters = 200;
constexpr std::string_view kFence = "---";
constexpr std::string_view kBlanks = " \t\r\n\f\v";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view TrimEnd(std::string_view text) {
  const size_t last = text.find_last_not_of(kBlanks);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// The next line without its end, taken off `rest`.
std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string Unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'')) {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

void AddTag(FrontMatter& front_matter, std::string_view tag) {
  const std::string text = ToUtf8(Trim(tag));
  auto& tags = front_matter.tags;
  if (!text.empty() && std::find(tags.begin(), tags.end(), text) == tags.end()) tags.push_back(text);
}

void AddTagList(FrontMatter& front_matter, std::string_view list) {
  list = Trim(list);
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  while (!list.empty()) {
    const size_t comma = list.find(',');
    AddTag(front_matter, Unquoted(Trim(list.substr(0, comma))));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

void AddScalar(FrontMatter& front_matter, const std::string& key, const std::string& value) {
  const std::string name = ToUtf8(key);
  if (name == "tags") {
    front_matter.tags.clear();
    AddTagList(front_matter, value);
    return;
  }
  front_matter.scalars.insert_or_assign(name, ToUtf8(Trim(value)));
}

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Reads the events of the parser, so that no document is ever built, and stops it at what front matter has no use for. Every scalar stays
// the text it was written as.
class TopLevel final : public YAML::EventHandler {
 public:
  explicit TopLevel(FrontMatter& front_matter) : front_matter_(front_matter) {}
  bool is_map() const { return is_map_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { throw Refused("an alias"); }
  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& /*name*/) override { throw Refused("an anchor"); }
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t anchor) override {
    RefuseAnchor(anchor);
    // A key without a value states nothing. A null key names nothing.
    if (depth_ == 1) TakeKeyOrValue({}, true);
  }
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    RefuseAnchor(anchor);
    RefuseTag(tag);
    if (depth_ == 1) {
      TakeKeyOrValue(value, false);
    } else if (depth_ == 2 && in_tag_list_) {
      AddTag(front_matter_, value);
    }
  }
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    in_tag_list_ = depth_ == 1 && has_key_ && key_ == "tags";
    if (in_tag_list_) front_matter_.tags.clear();
    Enter(tag, anchor);
  }
  void OnSequenceEnd() override { Leave(); }
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    if (depth_ == 0) is_map_ = true;
    Enter(tag, anchor);
  }
  void OnMapEnd() override { Leave(); }

 private:
  static void RefuseAnchor(YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw Refused("an anchor");
  }
  // "?" is the parser's word for a plain value, "!" for a quoted one.
  static void RefuseTag(const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused("a tag");
  }
  void Enter(const std::string& tag, YAML::anchor_t anchor) {
    RefuseAnchor(anchor);
    RefuseTag(tag);
    if (++depth_ > kMaxDepth) throw Refused("too deep");
  }
  // A collection at the top level is a value, or a key that nobody can name: either way the pair's turn changes.
  void Leave() {
    if (--depth_ != 1) return;
    in_tag_list_ = false;
    has_key_ = !has_key_;
    key_.clear();
  }
  void TakeKeyOrValue(const std::string& text, bool null) {
    if (!has_key_) {
      key_ = text;
    } else if (!null && !key_.empty()) {
      AddScalar(front_matter_, key_, text);
    }
    has_key_ = !has_key_;
  }

  FrontMatter& front_matter_;
  size_t depth_ = 0;
  bool is_map_ = false;
  bool has_key_ = false;
  bool in_tag_list_ = false;
  std::string key_;
};

// False if it is not YAML that we take; `front_matter` may then hold some of it.
bool ParseYaml(std::string_view block, FrontMatter& front_matter) {
  if (block.size() > kMaxBytes) return false;
  try {
    std::istringstream in{std::string(block)};
    YAML::Parser parser(in);
    TopLevel top(front_matter);
    const bool any = parser.HandleNextDocument(top);
    return !any || top.is_map() || Trim(block).empty();
  } catch (const std::exception&) {
    // Whatever the parser throws on hostile text means the same: not YAML.
    return false;
  }
}

bool IsKey(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool IsBlockIndicator(std::string_view value) {
  static constexpr std::array<std::string_view, 6> kIndicators = {"|", ">", "|-", ">-", "|+", ">+"};
  return std::find(kIndicators.begin(), kIndicators.end(), value) != kIndicators.end();
}

// `key: value` at the margin; indented lines go on with the value above them, list items below `tags:` are tags.
void ParseLines(std::string_view block, FrontMatter& front_matter) {
  std::string key;
  std::string value;
  bool open = false;  // `value` is to be kept, and may go on
  bool in_tags = false;
  const auto close = [&] {
    if (open) AddScalar(front_matter, key, Unquoted(Trim(value)));
    open = false;
  };
  while (!block.empty()) {
    const auto line = TrimEnd(TakeLine(block));
    const auto text = Trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    if (in_tags && text.starts_with("- ")) {
      AddTag(front_matter, Unquoted(Trim(text.substr(2))));
      continue;
    }
    const size_t colon = line.find(':');
    const bool pair =
        colon != std::string_view::npos && IsKey(line.substr(0, colon)) && (colon + 1 == line.size() || line[colon + 1] == ' ');
    if (!pair) {
      if (open && (line.front() == ' ' || line.front() == '\t')) value += (value.empty() ? "" : " ") + std::string(text);
      continue;
    }
    close();
    key = line.substr(0, colon);
    value = Trim(line.substr(colon + 1));
    open = !value.empty();
    in_tags = key == "tags" && !open;
    if (IsBlockIndicator(value)) value.clear();
  }
  close();
}

// At most `count` characters, never a part of one.
std::string_view Cut(std::string_view utf8, size_t count) {
  size_t end = 0;
  while (end < utf8.size()) {
    const bool starts = (static_cast<unsigned char>(utf8[end]) & 0xc0) != 0x80;
    if (starts && count-- == 0) break;
    ++end;
  }
  return utf8.substr(0, end);
}

std::string BodyLine(std::string_view body) {
  while (!body.empty()) {
    const auto line = Trim(TakeLine(body));
    if (line.empty() || line.starts_with('#') || line == kFence) continue;
    // Cut before it is repaired too: a body may be one line of 256 MiB, and a character has at most four bytes.
    const std::string text = ToUtf8(line.substr(0, 4 * kMaxDescriptionCharacters + 4));
    return std::string(Cut(text, kMaxDescriptionCharacters));
  }
  return {};
}

}  // namespace

FrontMatterParts SplitFrontMatter(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  FrontMatterParts parts{false, {}, text};
  std::string_view rest = text;
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  if (TrimEnd(TakeLine(rest)) != kFence) return parts;
  const std::string_view block = rest;
  while (!rest.empty()) {
    const size_t start = block.size() - rest.size();
    if (TrimEnd(TakeLine(rest)) == kFence) return {true, block.substr(0, start), rest};
  }
  return parts;
}

FrontMatter ParseFrontMatter(std::string_view text) {
  const FrontMatterParts parts = SplitFrontMatter(text);
  FrontMatter front_matter;
  front_matter.present = parts.present;
  front_matter.body_line = BodyLine(parts.body);
  if (!parts.present) return front_matter;
  FrontMatter parsed;
  std::string block;
  block.reserve(std::min(parts.block.size(), kMaxBytes));
  for (const char c : parts.block.substr(0, kMaxBytes)) {
    if (c != '\r') block += c;
  }
  front_matter.broken = parts.block.size() > kMaxBytes || !ParseYaml(block, parsed);
  if (front_matter.broken) {
    parsed = {};
    ParseLines(block, parsed);
  }
  front_matter.scalars = std::move(parsed.scalars);
  front_matter.tags = std::move(parsed.tags);
  return front_matter;
}

const File* MetadataFileOf(ArtifactType type, const Content& content) {
  std::vector<std::string> paths;
  for (const auto& file : content.files) paths.push_back(file.path);
  const std::string wanted = content.single_file && !paths.empty() ? paths.front() : MetadataFile(type, paths);
  const auto found = std::find_if(content.files.begin(), content.files.end(), [&](const File& file) { return file.path == wanted; });
  return wanted.empty() || found == content.files.end() ? nullptr : &*found;
}

std::optional<FrontMatter> FrontMatterOf(ArtifactType type, const Content& content) {
  const File* file = MetadataFileOf(type, content);
  return file == nullptr ? std::nullopt : std::optional(ParseFrontMatter(file->bytes));
}

bool SameBlock(ArtifactType type, const Content& a, const Content& b) {
  const File* left = MetadataFileOf(type, a);
  const File* right = MetadataFileOf(type, b);
  if (left == nullptr || right == nullptr) return left == right;
  const FrontMatterParts one = SplitFrontMatter(left->bytes), other = SplitFrontMatter(right->bytes);
  return one.present && other.present && one.block == other.block;
}

std::map<std::string, std::string> StatedMetadata(const FrontMatter& front_matter) {
  std::map<std::string, std::string> stated;
  for (const char* field : {"title", "description", "author", "license", "version"}) {
    const auto found = front_matter.scalars.find(field);
    if (found != front_matter.scalars.end() && !found->second.empty()) stated.emplace(field, found->second);
  }
  if (!front_matter.body_line.empty()) stated.emplace("description", front_matter.body_line);  // keeps one that is stated
  return stated;
}

}  // namespace skilltrail::collection
