// Restore: brings a collection, some of its artifacts, or the copies in a project to what they were at a point, files included; in place or
// beside. It is new events, never an edit of history.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct RestoreRequest {
  std::vector<std::string> artifacts = {};  // empty: the whole collection
  std::filesystem::path to = {};            // --to: absolute; absent or empty directory, else kConflict; empty path: in place
  std::filesystem::path project = {};       // --project: absolute: what was deployed there; empty: the collection
};
struct PlannedArtifact {
  std::string artifact;
  enum class Action { kCreate, kUpdate, kRemove, kKeep } action = Action::kKeep;
  size_t files = 0;    // that change
  uint64_t bytes = 0;  // of them as they will be; of a removal: as they are
};
struct RestoreReport {
  Moment as_of;
  std::string collection;  // empty where a project was restored
  std::filesystem::path project;
  std::vector<PlannedArtifact> plan;  // sorted by artifact
  bool applied = false;
  std::string run_id;
  Seq safety_seq = 0;  // the head just before the restore, edits that it captured included: where to go back to
  std::vector<std::string> notes;
};
// What it would do; writes nothing, captures nothing. The point is context.at.
Result<RestoreReport> Plan(const Context& context, const RestoreRequest& request);
// In place: captures the present, verifies blobs and that every path can be written, then one ArtifactRestored per changed artifact and
// ArtifactRemoved for the rest; files follow. Before that an error has changed nothing. With `to`: writes the files there, laid out like
// the collection (of a project: like the project), appends nothing.
//
// With `project`: each deployment of then is one again (ArtifactDeployed), its copy as it stood then, local edits that drift had kept
// included; what is deployed now and was not then is undeployed. kNotFound if nothing was ever deployed there; kFailed naming a copy of
// the peer's whose content was not kept.
Result<RestoreReport> Restore(const Context& context, const RestoreRequest& request);

}  // namespace skilltrail::snapshot
