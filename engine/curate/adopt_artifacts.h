// AdoptArtifacts: what stands in a directory that SkillMeat, or a person, kept, as artifacts of a collection.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/manifest/manifest.h"
#include "engine/session/writing.h"
#include "events/result.h"

namespace skilltrail::curate {

// Adds every artifact below `dir`, those that `manifest` lists with what it says of them. What is no artifact, or not there, is a note.
Status AdoptArtifacts(Writing& writing, const std::string& name, const std::filesystem::path& dir, const manifest::Collection& manifest,
                      std::vector<std::string>& notes);

// One of them as a whole record, tags included, its content kept. `entry` may be null: the manifest does not list it.
Result<schema::ArtifactRecordT> ReadAdopted(Writing& writing, const std::filesystem::path& dir, const ArtifactId& id,
                                            const std::string& path, const manifest::ArtifactEntry* entry);

}  // namespace skilltrail::curate
