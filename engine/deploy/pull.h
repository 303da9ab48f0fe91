// Pull: a project's edits of a deployed copy come back into the collection.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/session/context.h"
#include "events/result.h"

namespace skilltrail::deploy {

enum class PullStrategy {
  kOverwrite,  // the collection's copy becomes the project's
  kMerge,      // three-way, on the baseline
  kFork,       // the project's becomes an artifact of its own: <name>-fork, or the first of <name>-fork-2, ... that is free
};

struct PullRequest {
  std::vector<std::string> artifacts;
  std::filesystem::path project;  // absolute
  std::string profile;            // empty: whichever has it
  PullStrategy strategy = PullStrategy::kMerge;
  bool allow_conflicts = false;  // a merge that is not clean is taken, with conflict markers
};
struct PulledItem {
  std::string artifact;
  std::string action;                         // "overwritten", "merged", "forked", "unchanged"
  std::string fork;                           // the new artifact; empty: none
  std::vector<collection::FileChange> files;  // of the collection; of a fork against nothing
  std::vector<std::string> conflicts;         // paths that were taken with --allow-conflicts, sorted
};
struct PullReport {
  std::string collection;
  std::filesystem::path project;
  PullStrategy strategy = PullStrategy::kMerge;
  std::string run_id;
  std::vector<PulledItem> items;  // sorted by artifact
  std::vector<std::string> notes;
};

// All or nothing. The baseline moves to the copy as it stands in the project: it is in the log and accounted for, so that a copy that the
// collection has gone beyond is outdated, and no conflict any more. A copy without edits is "unchanged", whatever the collection has.
// kNotFound: not deployed there, the copy is gone, or the artifact is gone from the collection (which a fork does not mind). kConflict,
// and nothing was changed: a merge that is not clean, naming the files, unless `allow_conflicts`; one without a base, because the
// peer deployed it and no version in the log is what it deployed; a copy that is no such artifact any more.
Result<PullReport> Pull(const Context& context, const PullRequest& request);

}  // namespace skilltrail::deploy
