// SourceState: how a repository that artifacts come from fares, as the refreshes of one collection found it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/store/event_log.h"

namespace skilltrail::projections {

struct SourceState {
  std::string repository;  // owner/repo, as upstream last spelled it
  uint64_t repository_id = 0;
  bool archived = false;
  bool is_private = false;
  std::string license;    // SPDX id; empty: none
  uint32_t failures = 0;  // refreshes in a row that did not find it
  Micros said_at = 0;     // when it last said anything new of itself; 0: never
  Micros lost_at = 0;     // when it was first not found; 0: it is there
};

// The key of a repository among sources: GitHub's names differ in more than case.
std::string SourceKey(std::string_view repository);

// Folds RefreshCompleted and SourceChanged of one collection.
void Apply(std::map<std::string, SourceState>& sources, const store::StoredEvent& event);

}  // namespace skilltrail::projections
