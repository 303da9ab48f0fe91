// collection.toml: the artifacts of a collection as its table says them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_value.h"
#include "events/result.h"

namespace skilltrail::manifest {

// Name and our word for the type: no two artifacts share both.
using ArtifactKey = std::pair<std::string, std::string>;
ArtifactKey KeyOf(const ArtifactEntry& entry);

// The keys of an artifact as the peer orders them. Tables are written behind the rest, wherever they stand.
inline constexpr std::string_view kArtifactKeys[] = {"name",         "type",          "path",         "origin",        "added",
                                                     "metadata",     "upstream",      "version_spec", "resolved_sha",  "resolved_version",
                                                     "last_updated", "discovered_at", "tags",         "origin_source", "target_platforms",
                                                     "import_id",    "uuid"};

// What a write did to one artifact, as far as the lock has to know.
struct SourceNote {
  bool moved = false;  // upstream, commit or version asked for are others now, or the artifact is new
  std::string resolved_version;
};
struct ManifestChange {
  std::map<ArtifactKey, SourceNote> sources;  // of every artifact that stands now
  std::vector<ArtifactKey> dropped;
};

// The collection without what stands in the lock. A fault names file and line.
Result<Collection> ParseManifest(const Table& document, const std::filesystem::path& file);

// Makes the document say `collection`; `updated` is left to the caller. `now` dates what has no `created` or `added`. The document must
// have passed ParseManifest, or be empty. kFailed if a value of another kind stands in the way.
Result<ManifestChange> ApplyManifest(Table* document, const Collection& collection, Micros now);

}  // namespace skilltrail::manifest
