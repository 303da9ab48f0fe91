// Rebuild: index and checkpoints made anew from the log, compared with the live ones, and put in their place where they differ.
#pragma once

#include "engine/projections/state_reader.h"
#include "engine/session/context.h"
#include "engine/store/rebuild_index.h"
#include "events/result.h"

namespace skilltrail::upkeep {

struct RebuildReport {
  Seq head = 0;
  store::IndexRebuild index;
  projections::CheckpointRebuild checkpoints;
};
// Holds the store's lock; readers go on. With context.dry_run only compares, and takes no lock. kCorrupt if the log itself cannot be read.
Result<RebuildReport> Rebuild(const Context& context);

}  // namespace skilltrail::upkeep
