// Materialise: brings a tree from the blob store to disk. Staged privately on the same file system, synced, exchanged: a path shows the
// old content or the new, never a mixture.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/store/blob_store.h"
#include "events/result.h"

namespace skilltrail::collection {

struct Placement {
  std::filesystem::path path;    // absolute
  bool single_file = false;      // the tree's one entry is `path` itself
  std::optional<Tree> tree;      // nothing: the path is to be absent
  Digest expected_before;        // tree digest of what stands there now; zero: absent. Anything else found there is a person's edit
};

enum class Placed { kDone, kAlready, kEdited };

struct PlacementOutcome {
  Placed placed;
  std::string note;  // for kEdited: what was found
};

// Places all of them: stages everything below `staging` (made, and removed at the end; the same file system as the paths), one syncfs,
// then exchanges each (RENAME_EXCHANGE; a journalled two-step where the file system lacks it) and removes what was displaced. A displaced
// tree is read again before it is deleted; one that is not `expected_before` is put back and reported as kEdited. Executable bits follow
// the tree. The outcomes are in the order of the placements. On error (disk full, permissions) nothing half written remains at any path.
Result<std::vector<PlacementOutcome>> Place(const std::vector<Placement>& placements, const store::BlobStore& blobs,
                                            const std::filesystem::path& staging);

// Writes a tree at a path that does not exist; used by `restore --to`. Synced by the caller's one SyncFileSystem.
Status WriteTree(const Tree& tree, bool single_file, const std::filesystem::path& path, const store::BlobStore& blobs);
Status SyncFileSystem(const std::filesystem::path& path);

}  // namespace skilltrail::collection
