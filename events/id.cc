#include "events/id.h"

#include <algorithm>

#include "events/digest.h"
#include "events/name.h"

namespace skilltrail {
namespace {

struct TypeWords {
  ArtifactType type;
  const char* name;
  const char* file_name;
  const char* container;
  bool single_file;
};

constexpr TypeWords kTypes[] = {
    {ArtifactType::kSkill, "skill", "skill", "skills", false},
    {ArtifactType::kCommand, "command", "command", "commands", true},
    {ArtifactType::kAgent, "agent", "agent", "agents", true},
    {ArtifactType::kHook, "hook", "hook", "hooks", false},
    {ArtifactType::kMcpServer, "mcp-server", "mcp", "mcp", false},
    {ArtifactType::kWorkflow, "workflow", "workflow", "workflows", false},
    {ArtifactType::kComposite, "composite", "composite", "composites", false},
};

constexpr bool IndexedByType() {
  for (size_t i = 0; i < std::size(kTypes); ++i) {
    if (static_cast<size_t>(kTypes[i].type) != i) return false;
  }
  return true;
}
static_assert(IndexedByType());

const TypeWords& Words(ArtifactType type) {
  return kTypes[static_cast<size_t>(type)];
}

// Where the hyphens of a UUID stand in its text.
constexpr bool IsHyphen(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

std::string TypeWordList() {
  std::string list;
  for (const auto& words : kTypes) list += (list.empty() ? "" : ", ") + std::string(words.name);
  return list;
}

}  // namespace

const char* TypeName(ArtifactType type) {
  return Words(type).name;
}

const char* FileTypeName(ArtifactType type) {
  return Words(type).file_name;
}

const char* ContainerName(ArtifactType type) {
  return Words(type).container;
}

bool IsSingleFile(ArtifactType type) {
  return Words(type).single_file;
}

std::optional<ArtifactType> ParseType(std::string_view word) {
  for (const auto& words : kTypes) {
    if (word == words.name || word == words.file_name) return words.type;
  }
  return std::nullopt;
}

const std::vector<ArtifactType>& AllTypes() {
  static const std::vector<ArtifactType> types = [] {
    std::vector<ArtifactType> made;
    for (const auto& words : kTypes) made.push_back(words.type);
    return made;
  }();
  return types;
}

std::string ArtifactId::text() const {
  return std::string(TypeName(type)) + ":" + name;
}

Result<ArtifactId> ParseArtifactId(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Error{Code::kUsage, Quote(text) + " is not an artifact: it lacks its type",
                 "write type:name, as in skill:pdf; types: " + TypeWordList()};
  }
  const auto word = text.substr(0, colon);
  const auto type = ParseType(word);
  if (!type) {
    std::vector<std::string> known;
    for (const auto& words : kTypes) known.emplace_back(words.name);
    const auto nearest = Nearest(word, known);
    return Error{Code::kUsage, Quote(text) + " is not an artifact: there is no type " + Quote(word),
                 (nearest.empty() ? "" : "did you mean " + nearest + "? ") + "types: " + TypeWordList()};
  }
  const auto name = text.substr(colon + 1);
  RETURN_IF_ERROR(CheckName(name, "artifact name"));
  return ArtifactId{*type, std::string(name)};
}

std::string RunId::text() const {
  const auto hex = Hex(bytes);
  std::string out;
  for (char digit : hex) {
    if (IsHyphen(out.size())) out += '-';
    out += digit;
  }
  return out;
}

RunId NewRunId(Micros now) {
  RunId id;
  FillRandom(id.bytes);
  const auto ms = static_cast<uint64_t>(std::max<Micros>(now, 0)) / 1000;
  for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(ms >> (8 * (5 - i)));
  id.bytes[6] = static_cast<uint8_t>(0x70 | (id.bytes[6] & 0x0f));  // version 7
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3f));  // variant of RFC 9562
  return id;
}

std::optional<RunId> ParseRunId(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphen(i) != (text[i] == '-')) return std::nullopt;
    if (!IsHyphen(i)) hex += text[i];
  }
  const auto bytes = FromHex(hex);
  RunId id;
  if (!bytes || bytes->size() != id.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id;
}

}  // namespace skilltrail
