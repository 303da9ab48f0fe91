// collection.lock: what each artifact's content was when it was last fetched.
#pragma once

#include <filesystem>

#include "engine/manifest/collection_file.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_value.h"
#include "events/result.h"

namespace skilltrail::manifest {

// Fills content_hash and fetched of the artifacts that the lock names; the others keep theirs. An empty document names none.
Status ParseLock(const Table& document, const std::filesystem::path& file, Collection* collection);

// Makes the document say the artifacts' content_hash and fetched. An artifact without content_hash has no entry; one without fetched is
// fetched `now`. An entry's upstream and commit are brought up to date when it changes or its source moved: the peer too leaves them alone
// otherwise. Entries that belong to no artifact stay, but for the dropped ones. The document must have passed ParseLock.
void ApplyLock(Table* document, const Collection& collection, const ManifestChange& change, Micros now);

}  // namespace skilltrail::manifest
