// ManifestSync: keeps collection.toml and collection.lock in step with the log, both ways. What was last written is remembered, so that an
// edit by SkillMeat or a person is told from a file that is merely behind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/manifest/manifest.h"
#include "engine/projections/collection_state.h"
#include "engine/session/writing.h"
#include "engine/store/cache_store.h"

namespace skilltrail {

// What a collection's state has to say in both files. A copy: the state may go on.
struct ManifestFacts {
  struct Artifact {
    Seq added_seq = 0;
    manifest::ArtifactEntry entry;
  };
  std::string name;
  Micros created = 0;
  std::vector<Artifact> artifacts;
};
ManifestFacts FactsOf(const projections::CollectionState& state);

// Writes nothing, and may be done in another thread. `draft`: as the files were read a while ago; if that was elsewhere (an import brings
// the path that a collection had at home), or failed, they are read again. An entry that was never written from here, and whose files are
// not there, is the peer's own and stays.
Result<ComposedManifest> ComposeManifest(const store::CacheStore& cache, const std::filesystem::path& dir,
                                         Result<manifest::CollectionDraft> draft, ManifestFacts facts, Micros now);

// Writes both files if their content would differ, and remembers what stands there. If they are others by now than those that were read,
// they are read and composed again.
Status SyncManifest(store::CacheStore& cache, Result<ComposedManifest> composed, const projections::CollectionState& state, Micros now);

// What both files say of a collection where none stands yet: new artifacts in the order in which they were added.
manifest::Collection ManifestOf(const projections::CollectionState& state);

// True if collection.toml is the file that was written last: nobody has edited it since. False, too, where nothing is remembered.
Result<bool> ManifestStands(const store::CacheStore& cache, const std::filesystem::path& dir, const std::string& collection);

// Adds MetadataEdited and TagsEdited for what was edited in collection.toml since it was last written or captured. A file that does not
// parse is an error naming it; no file is no edit.
Status CaptureManifestEdits(Writing& writing, const std::string& collection);

}  // namespace skilltrail
