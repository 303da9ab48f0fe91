// Catalog: the small lists of a store: its collections, its snapshots, its runs. Pure folds over a few type streams.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/store/event_log.h"

namespace skilltrail::projections {

struct CollectionInfo {
  std::string name;
  std::string path;  // as recorded: absolute, or empty for collections/NAME in the store
  bool exists = false;
  Micros created_at = 0;
  Seq created_seq = 0;
};
// Folds CollectionCreated, CollectionImported and CollectionRemoved.
void Apply(std::map<std::string, CollectionInfo>& collections, const store::StoredEvent& event);

struct SnapshotInfo {
  std::string id;  // YYYYmmdd-HHMMSS-ffffff, UTC
  std::string name;
  std::string message;
  std::string collection;
  uint32_t artifact_count = 0;
  Seq seq = 0;  // of its SnapshotCreated: the point it names
  Micros created_at = 0;
};
// Folds SnapshotCreated and SnapshotDeleted; in order of creation.
void Apply(std::vector<SnapshotInfo>& snapshots, const store::StoredEvent& event);

}  // namespace skilltrail::projections
