// What an artifact is (INTEROP 1.8): what makes a file or directory a skill, command, agent, hook, MCP server; where it stands in a
// collection; what is found in a tree of paths.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::collection {

// Path relative to the collection: "skills/pdf", "commands/review.md", "mcp/git".
std::string CollectionPath(const ArtifactId& id);

// The type whose folder this is ("skills", "skill", "claude-skills", ...; case does not count), or nothing.
std::optional<ArtifactType> ContainerType(std::string_view folder);

// The path inside the artifact of the file that holds its metadata, e.g. "SKILL.md"; empty if it has none. A skill that has skill.md alone
// states its metadata there (SkillMeat reads none of it).
std::string MetadataFile(ArtifactType type, std::span<const std::string> paths);

// True for a file whose presence makes its directory an artifact of that type: "SKILL.md" for a skill. Commands and agents have none.
bool IsMarker(ArtifactType type, std::string_view file_name);
// True for a .md file that people put beside commands and agents and that is neither: README.md in any case, CHANGELOG.md, SKILL.md, ....
bool IsDocumentation(std::string_view file_name);

// True for white space alone, a byte order mark aside.
bool IsBlank(std::string_view text);

// kUsage naming what is missing unless the content is an acceptable artifact of that type (e.g. a skill has a non-blank SKILL.md).
Status CheckContent(ArtifactType type, const Content& content);
// The type that the content itself says (SKILL.md -> skill, settings.json/hooks.json -> hook, .mcp.json -> mcp-server, ...), given
// the folder it stands in, which decides for a single .md file, and where the content fits several; nothing if none fits. The folder may
// be a path: its innermost container folder counts.
std::optional<ArtifactType> InferType(const Content& content, std::string_view parent_folder);

struct Found {
  ArtifactId id;
  std::string path;  // in the tree: directory, or file
};
// Every artifact in a tree of file paths ('/'-separated, as git lists them), below `root` (empty: all), by CONTRACT's rule for `add --all`:
// in any container folder at any depth, hidden folders excepted, never inside an artifact already found. Sorted by id.
//
// The innermost container folder above something decides its type; folders between the two only group (commands/git/commit.md). A
// container folder is never an artifact itself. `root` counts as part of the path: the container may be `root` or above it, and `root` may
// be hidden. Documentation (IsDocumentation) is no command or agent. What CheckName refuses as a name is left out.
//
// Name: last path component without .md; of a command or agent written as <folder>/AGENT.md and the like, the folder's. Several of one type
// and name: all of them become `<parent of the container>-<name>`; where that is missing or still not unique, all folders above the
// name except the container, joined by '-'; and where even those agree, "-2", "-3", ... follow in the order of the paths.
std::vector<Found> FindArtifacts(std::span<const std::string> file_paths, std::string_view root);

}  // namespace skilltrail::collection
