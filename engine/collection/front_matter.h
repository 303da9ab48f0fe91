// Front matter: the YAML block at the start of an artifact's metadata file. Hostile input: at most 64 KiB, no anchors, aliases or tags,
// every exception caught; broken YAML falls back to line-wise `key: value` (INTEROP 1.8).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "events/id.h"

namespace skilltrail::collection {

// The block between the two fences, and what follows them; without a block the body is everything.
struct FrontMatterParts {
  bool present = false;
  std::string_view block;
  std::string_view body;
};
FrontMatterParts SplitFrontMatter(std::string_view text);

struct FrontMatter {
  bool present = false;
  bool broken = false;                         // YAML did not parse; values come from the line-wise fallback
  std::map<std::string, std::string> scalars;  // name, title, description, author, license, version, model, ...: top-level scalars
  std::vector<std::string> tags;               // list or comma string; order kept, duplicates dropped
  std::string body_line;                       // first body line that is neither blank nor a heading, cut at 200 characters (UTF-8 safe)
};
FrontMatter ParseFrontMatter(std::string_view text);

// The file of an artifact's content that holds its metadata; null if it has none. Lives in the content.
const File* MetadataFileOf(ArtifactType type, const Content& content);
// Of that file; nothing if there is none.
std::optional<FrontMatter> FrontMatterOf(ArtifactType type, const Content& content);

// True if that file has the same block in both, byte for byte: then nothing that it says can differ.
bool SameBlock(ArtifactType type, const Content& a, const Content& b);

// The metadata that an artifact's own file states: title, description (front matter, else body line), author, license, version.
std::map<std::string, std::string> StatedMetadata(const FrontMatter& front_matter);

}  // namespace skilltrail::collection
