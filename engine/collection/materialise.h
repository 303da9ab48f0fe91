// Materialise: brings a tree from the blob store to disk. Staged privately on the same file system, synced, exchanged: a path shows the
// old content or the new, never a mixture.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/store/blob_store.h"
#include "events/result.h"

namespace skilltrail::collection {

struct Placement {
  std::filesystem::path path;  // absolute
  bool single_file =
      false;  // the tree's one entry is `path` itself, under the name of `path`; a tree of several is a directory all the same
  std::optional<Tree> tree;  // nothing: the path is to be absent
  Digest expected_before;    // tree digest of what stands there now; zero: absent. Anything else found there is a person's edit
};

enum class Placed { kDone, kAlready, kEdited };

struct PlacementOutcome {
  Placed placed = Placed::kDone;
  std::string note;  // for kEdited: what was found
};

// How two paths change places: in one step, or by way of a third name as on a file system that cannot do it in one.
enum class Exchange { kAtomic, kTwoSteps };

// Places all of them: stages everything below `staging` (made, and removed at the end; the same file system as the paths), one syncfs,
// then exchanges each (RENAME_EXCHANGE; a journalled two-step where the file system lacks it, or `exchange` says so) and removes what was
// displaced. A displaced tree is read again before it is deleted; one that is not `expected_before` is put back and reported as kEdited.
// Executable bits follow the tree; the other permissions are those of the file that was replaced. The outcomes are in the order of the
// placements. On error (disk full, permissions) nothing half written remains at any path, and calling it again with the same placements
// goes on. kBusy: another process has been placing with this staging directory for ten seconds.
//
// - Several placements of one path are steps of one way: the path is brought from any of them to the last.
// - A directory without content (no files) counts as absent. What stands in a directory and is no content (`.git`, links to directories,
//   broken links) moves along into the new one, and stays where it is if the path is to be absent.
// - Missing parent directories are made. Existing ones are used as they are, links included: people keep `.claude` and `skills` elsewhere.
//   A link at the path itself is never replaced: kEdited.
// - A crash leaves old or new at each path (the two-step: or nothing, until the next call), and leftovers in `staging`, which the next
//   call with that directory settles first. An edit that a crash caught there goes back to its path; where the path has been taken by yet
//   another edit it is kConflict naming both.
Result<std::vector<PlacementOutcome>> Place(const std::vector<Placement>& placements, const store::BlobStore& blobs,
                                            const std::filesystem::path& staging, Exchange exchange = Exchange::kAtomic);

// Settles what a killed Place left in that staging directory, as the next call with it would, and removes it. Nothing where there is none.
// kBusy as Place.
Status SettleStaging(const std::filesystem::path& staging);

// Writes a tree at a path that does not exist (kConflict if it does), parents included; used by `restore --to`. Synced by the caller's one
// SyncFileSystem. On error nothing remains at the path.
Status WriteTree(const Tree& tree, bool single_file, const std::filesystem::path& path, const store::BlobStore& blobs);
Status SyncFileSystem(const std::filesystem::path& path);

}  // namespace skilltrail::collection
