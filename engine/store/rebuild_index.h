// RebuildIndex: the index made anew from the log's blocks, beside the live one; where the two differ the live one is put right.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/store/database.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::store {

struct IndexRebuild {
  uint64_t entries = 0;  // of the new index
  uint64_t added = 0, changed = 0, removed = 0;
};
struct IndexRebuildOptions {
  std::filesystem::path scratch;  // where the new one is built: made, and removed at the end
  bool write = true;              // false: only count the differences
  std::function<void(Seq done, Seq total)> progress = {};
  std::function<bool()> interrupted = {};  // true: give up with kInterrupted, nothing changed
};
// The database must be open for writing, unless nothing is to be written. Differences are put right in one synced batch (of 64 MiB; more
// than that in several, each of which leaves entries that are right or as they were). kCorrupt if a block cannot be read: then nothing
// changes, for nobody knows what its entries are.
Result<IndexRebuild> RebuildIndex(Database& database, const IndexRebuildOptions& options);

}  // namespace skilltrail::store
