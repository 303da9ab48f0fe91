// What stands in an artifact's `tags` and [artifacts.metadata]: both directions of the keys that the peer and we share.
#pragma once

#include <string>
#include <vector>

#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_value.h"
#include "events/result.h"

namespace skilltrail::manifest {

// `tags`, then those of `metadata.tags`, as the peer merges them on load: in order, each once.
std::vector<std::string> AllTags(const Table& artifact);
// Fills metadata, tags_imported_at and origin_source. What is no text, or no time, counts as absent: front matter of strangers ends up
// under metadata.extra, and must not make a collection unreadable.
void ReadMetadata(const Table& artifact, ArtifactEntry* entry);

// Makes the table say the entry's tags and metadata. kFailed naming the artifact if metadata.extra is needed and is no table.
Status ApplyMetadata(Table* artifact, const ArtifactEntry& entry);

}  // namespace skilltrail::manifest
