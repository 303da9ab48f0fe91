// Prune: lets go of snapshots, one by name or those that a policy does not keep. Only the names go: every point of the log stays
// restorable, and nothing of the log is erased.
#pragma once

#include <string>
#include <vector>

#include "engine/session/context.h"
#include "engine/snapshot/retention.h"
#include "engine/snapshot/snapshot.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct DeleteReport {
  SnapshotReport snapshot;  // what it was
  std::string run_id;       // empty if nothing was written
  std::vector<std::string> notes;
};
// One snapshot, found as Reading::FindSnapshot finds it.
Result<DeleteReport> Delete(const Context& context, const std::string& snapshot);

struct JudgedSnapshot {
  SnapshotReport snapshot;
  Verdict verdict;
};
struct PruneReport {
  std::string collection;
  std::vector<JudgedSnapshot> items;  // every snapshot of the collection, newest first
  size_t kept = 0, dropped = 0;
  bool applied = false;
  std::string run_id;  // empty if nothing was written
  std::vector<std::string> notes;
};
// Of the context's collection, in one run. kUsage for a policy that keeps nothing.
Result<PruneReport> Prune(const Context& context, const KeepPolicy& policy);

}  // namespace skilltrail::snapshot
