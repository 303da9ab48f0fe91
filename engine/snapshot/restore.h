// Restore: brings a collection, or some of its artifacts, to what they were at a point, files included; in place or beside. It is a new
// event, never an edit of history.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct RestoreRequest {
  std::vector<std::string> artifacts;  // empty: the whole collection
  std::filesystem::path to;            // --to: absolute; absent or empty directory, else kConflict; empty path: in place
};
struct PlannedArtifact {
  std::string artifact;
  enum class Action { kCreate, kUpdate, kRemove, kKeep } action = Action::kKeep;
  size_t files = 0;
};
struct RestoreReport {
  Moment as_of;
  std::string collection;
  std::vector<PlannedArtifact> plan;  // sorted by artifact
  bool applied = false;
  std::string run_id;
  Seq safety_seq = 0;  // the head just before the restore: where to go back to
  std::vector<std::string> notes;
};
// What it would do; writes nothing, captures nothing. The point is context.at.
Result<RestoreReport> Plan(const Context& context, const RestoreRequest& request);
// In place: captures the present, verifies blobs, one ArtifactRestored per changed artifact and ArtifactRemoved for the rest, files follow.
// With `to`: writes the files there, laid out like the collection, appends nothing.
Result<RestoreReport> Restore(const Context& context, const RestoreRequest& request);

}  // namespace skilltrail::snapshot
