// Identities: what an artifact is called, and which run wrote an event.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail {

using Seq = uint64_t;  // position in the log: dense from 1; 0 is "before the first event"

enum class ArtifactType { kSkill, kCommand, kAgent, kHook, kMcpServer, kWorkflow, kComposite };

// "skill", ..., "mcp-server": the word of our command line and JSON.
const char* TypeName(ArtifactType type);
// The word in SkillMeat's files: "mcp" for an MCP server, else TypeName.
const char* FileTypeName(ArtifactType type);
// "skills", ..., "mcp": the folder of a collection that holds artifacts of that type.
const char* ContainerName(ArtifactType type);
// Accepts both words.
std::optional<ArtifactType> ParseType(std::string_view word);
const std::vector<ArtifactType>& AllTypes();
// True for types kept as one file (commands and agents: <name>.md); the others are directories.
bool IsSingleFile(ArtifactType type);

// `type:name`. Ordered by its text.
struct ArtifactId {
  ArtifactType type = ArtifactType::kSkill;
  std::string name;
  std::string text() const;
  bool operator==(const ArtifactId&) const = default;
  bool operator<(const ArtifactId& other) const { return text() < other.text(); }
};

// kUsage if `text` is not type:name with a known type and a good name (name.h).
Result<ArtifactId> ParseArtifactId(std::string_view text);

// A UUIDv7 (RFC 9562): 48 bits of ms, then random bits; sorts by time.
struct RunId {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const RunId&) const = default;
  std::string text() const;  // 8-4-4-4-12
};
RunId NewRunId(Micros now);
// Any UUID in the 8-4-4-4-12 form, in either case.
std::optional<RunId> ParseRunId(std::string_view text);

}  // namespace skilltrail
