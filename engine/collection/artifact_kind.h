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

// The path inside the artifact of the file that holds its metadata, e.g. "SKILL.md"; empty if it has none.
std::string MetadataFile(ArtifactType type, std::span<const std::string> paths);

// kUsage naming what is missing unless the content is an acceptable artifact of that type (e.g. a skill has a non-blank SKILL.md).
Status CheckContent(ArtifactType type, const Content& content);
// The type that the content itself says (SKILL.md -> skill, settings.json/hooks.json -> hook, .mcp.json -> mcp-server, ...), given
// the folder it stands in, which decides for a single .md file; nothing if none fits.
std::optional<ArtifactType> InferType(const Content& content, std::string_view parent_folder);

struct Found {
  ArtifactId id;
  std::string path;  // in the tree: directory, or file
};
// Every artifact in a tree of file paths ('/'-separated, as git lists them), below `root` (empty: all), by CONTRACT's rule for `add --all`:
// in any container folder at any depth, hidden folders excepted, never inside an artifact already found. Name: last path component
// without .md. Several of one type and name: all of them become `<parent of the container>-<name>`. Sorted by id.
std::vector<Found> FindArtifacts(std::span<const std::string> file_paths, std::string_view root);

}  // namespace skilltrail::collection
