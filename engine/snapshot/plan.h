// Plan: what leads from artifacts as they are to what they were, step by step. Inner to this room.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/session/writing.h"
#include "engine/snapshot/restore.h"

namespace skilltrail::snapshot {

struct Step {
  PlannedArtifact planned;
  std::optional<projections::ArtifactState> past;     // nothing: it is to go
  std::optional<projections::ArtifactState> present;  // nothing: it is not there
  collection::Tree tree;                              // of `past`
};

using LoadTree = std::function<Result<collection::Tree>(const Digest&)>;

Digest TreeOf(const projections::ArtifactState& artifact);
// Two states that a person could tell apart differ in more than the marks of looking and of when.
bool SameArtifact(std::optional<projections::ArtifactState> a, std::optional<projections::ArtifactState> b);

// Counts the files that change between the two, and their bytes: afterwards, or before where nothing is left.
void CountFiles(const collection::Tree& before, const collection::Tree& after, PlannedArtifact& planned);

// Both absent makes a step that keeps.
Result<Step> PlanStep(const std::string& id, std::optional<projections::ArtifactState> past,
                      std::optional<projections::ArtifactState> present, const LoadTree& load_tree);

// Every byte that the steps will bring back is there and true; kCorrupt naming the artifact and the file otherwise.
Status CheckBlobs(const Reading& reading, const std::vector<Step>& steps);
// The same for one tree; `what` is named.
Status CheckTreeBlobs(const Reading& reading, const std::string& what, const collection::Tree& tree);

// Every path that the steps will change in the collection's directory can be written (targets.h).
Status CheckStepTargets(const std::filesystem::path& dir, const std::vector<Step>& steps);

// Adds the events and the file work of all steps that do not keep.
void AddSteps(Writing& writing, const std::string& collection, const std::filesystem::path& dir, schema::ChangeCause cause, Seq from,
              const std::vector<Step>& steps);

}  // namespace skilltrail::snapshot
