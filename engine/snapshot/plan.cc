#include "engine/snapshot/plan.h"

#include <fmt/format.h>

#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/parallel.h"
#include "engine/snapshot/targets.h"

namespace skilltrail::snapshot {
namespace {

using projections::ArtifactState;
using Action = PlannedArtifact::Action;

void AddStep(Writing& writing, const std::string& collection, const std::filesystem::path& dir, schema::ChangeCause cause, Seq from,
             const Step& step) {
  const Digest before = step.present ? TreeOf(*step.present) : Digest{};
  if (!step.past) {
    schema::ArtifactRemovedT removed;
    removed.cause = cause;
    removed.tree = step.present->tree;
    writing.Add({collection, step.planned.artifact, {}, std::move(removed)});
    writing.AddFileWork({dir / step.present->path, before, {}, collection, step.planned.artifact});
    return;
  }
  schema::ArtifactRestoredT restored;
  restored.cause = cause;
  restored.from_seq = from;
  restored.record = std::make_unique<schema::ArtifactRecordT>(*step.past);
  restored.record->added_seq = restored.record->changed_seq = 0;
  writing.Add({collection, step.planned.artifact, {}, std::move(restored)});
  const bool moved = step.present && step.present->path != step.past->path;
  if (moved) writing.AddFileWork({dir / step.present->path, before, {}, collection, step.planned.artifact});
  if (moved || before != TreeOf(*step.past)) {
    writing.AddFileWork({dir / step.past->path, moved ? Digest{} : before, TreeOf(*step.past), collection, step.planned.artifact});
  }
}

}  // namespace

Digest TreeOf(const ArtifactState& artifact) {
  return DigestFromBytes(artifact.tree.data(), artifact.tree.size());
}

bool SameArtifact(std::optional<ArtifactState> a, std::optional<ArtifactState> b) {
  for (auto* one : {&a, &b}) {
    if (!*one) continue;
    (*one)->tags_checked_at = (*one)->last_refreshed_at = (*one)->updated_at = 0;
    (*one)->added_seq = (*one)->changed_seq = 0;
  }
  return a == b;
}

void CountFiles(const collection::Tree& before, const collection::Tree& after, PlannedArtifact& planned) {
  const collection::Tree& counted = after.entries.empty() ? before : after;
  for (const auto& change : collection::CompareTrees(before, after)) {
    ++planned.files;
    if (const auto* entry = counted.Find(change.path)) planned.bytes += entry->size;
  }
}

Result<Step> PlanStep(const std::string& id, std::optional<ArtifactState> past, std::optional<ArtifactState> present,
                      const LoadTree& load_tree) {
  Step step;
  step.planned.artifact = id;
  step.past = std::move(past);
  step.present = std::move(present);
  collection::Tree before;
  for (auto [state, tree] : {std::pair(&step.present, &before), std::pair(&step.past, &step.tree)}) {
    if (!*state) continue;
    ASSIGN_OR_RETURN(*tree, load_tree(TreeOf(**state)));
  }
  CountFiles(before, step.tree, step.planned);
  if (SameArtifact(step.past, step.present)) {
    step.planned.action = Action::kKeep;
  } else if (!step.past) {
    step.planned.action = Action::kRemove;
  } else {
    step.planned.action = step.present ? Action::kUpdate : Action::kCreate;
  }
  return step;
}

Status CheckTreeBlobs(const Reading& reading, const std::string& what, const collection::Tree& tree) {
  for (const auto& entry : tree.entries) {
    if (auto bytes = reading.blobs().Get(entry.digest); !bytes.ok()) {
      Error error = bytes.error();
      error.message = fmt::format("{} cannot be restored: {}: {}", what, entry.path, error.message);
      return error;
    }
  }
  return {};
}

Status CheckBlobs(const Reading& reading, const std::vector<Step>& steps) {
  return collection::OnEveryCore(steps.size(), [&](size_t i) -> Status {
    const Step& step = steps[i];
    if (!step.past || step.planned.action == Action::kKeep) return {};
    return CheckTreeBlobs(reading, step.planned.artifact, step.tree);
  });
}

Status CheckStepTargets(const std::filesystem::path& dir, const std::vector<Step>& steps) {
  std::vector<Target> targets;
  for (const auto& step : steps) {
    if (step.planned.action == Action::kKeep) continue;
    const bool moved = step.present && step.past && step.present->path != step.past->path;
    if (step.present && (moved || !step.past)) targets.push_back({dir / step.present->path, {}, false});
    if (!step.past || (step.present && !moved && TreeOf(*step.present) == TreeOf(*step.past))) continue;
    targets.push_back({dir / step.past->path, step.tree, !step.present || moved});
  }
  return CheckTargets(targets);
}

void AddSteps(Writing& writing, const std::string& collection, const std::filesystem::path& dir, schema::ChangeCause cause, Seq from,
              const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    if (step.planned.action != Action::kKeep) AddStep(writing, collection, dir, cause, from, step);
  }
}

}  // namespace skilltrail::snapshot
