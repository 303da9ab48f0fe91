// Snapshot: named points of the log for one collection.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/projections/catalog.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct SnapshotReport {
  projections::SnapshotInfo snapshot;
  Digest hash;               // chain hash at its sequence
  std::string tarball_path;  // empty: none
  std::vector<std::string> notes;
};
struct CreateRequest {
  std::string name;                      // empty: none
  bool skip_if_unchanged = false;        // gives the newest snapshot if nothing changed since
  std::filesystem::path export_to = {};  // absolute: it is exported there too (export.h)
};
// The snapshot with its chain hash.
Result<SnapshotReport> Describe(const store::EventLog& log, projections::SnapshotInfo info);

// Captures, then one event. kConflict if the collection has a snapshot of that name. A file that it could not be exported to is looked at
// first; where the export fails all the same, the snapshot is made, and the error says so.
Result<SnapshotReport> Create(const Context& context, const CreateRequest& request);

// The snapshot that the event made, deleted since or not; kNotFound if it made none.
Result<SnapshotReport> CreatedAt(Reading& reading, Seq seq);
// One by id, name or unique beginning of its id, as Reading::FindSnapshot.
Result<SnapshotReport> Show(Reading& reading, const std::string& snapshot);

struct ListRequest {
  size_t limit = 50;   // 1-100, else kUsage
  std::string cursor;  // from next_cursor; kUsage if it is none
};
struct ListReport {
  std::vector<SnapshotReport> items;  // newest first, of the context's collection if named there, else of all
  std::string next_cursor;            // empty: no more
};
Result<ListReport> List(Reading& reading, const ListRequest& request);

}  // namespace skilltrail::snapshot
