#include "engine/deploy/drift.h"

namespace skilltrail::deploy {

using schema::DriftType;

Verdict Classify(const std::string& baseline, const Side& collection, const Side& project) {
  using State = Side::State;
  if (collection.state == State::kUnknown || project.state == State::kUnknown) return {DriftType::unknown, false, "", ""};
  if (collection.state == State::kAbsent) return {DriftType::removed, false, "remove_from_project", "sync"};
  if (project.state == State::kAbsent) return {DriftType::missing, false, "deploy_to_project", "local_modification"};
  const bool collection_moved = collection.hash != baseline;
  const bool project_moved = project.hash != baseline;
  if (!collection_moved && !project_moved) return {};
  if (collection_moved && !project_moved) return {DriftType::outdated, false, "pull_from_collection", "sync"};
  if (!collection_moved) return {DriftType::modified, false, "push_to_collection", "local_modification"};
  if (collection.hash == project.hash) return {DriftType::unspecified, true, "", ""};
  return {DriftType::conflict, false, "review_manually", "local_modification"};
}

size_t DriftReport::Count(DriftType type) const {
  size_t count = 0;
  for (const auto& entry : entries) count += entry.verdict.type == type ? 1 : 0;
  return count;
}

size_t DriftReport::drifted() const {
  return entries.size() - Count(DriftType::added) - Count(DriftType::unknown);
}

}  // namespace skilltrail::deploy
