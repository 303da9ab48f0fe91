// StateReader: any projection at any sequence: the nearest checkpoint, then the events after it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/blame.h"
#include "engine/projections/catalog.h"
#include "engine/projections/collection_state.h"
#include "engine/projections/project_state.h"
#include "engine/projections/source_state.h"
#include "engine/projections/state_memory.h"
#include "engine/projections/tag_history.h"
#include "engine/store/cache_store.h"
#include "engine/store/event_log.h"
#include "events/result.h"

namespace skilltrail::projections {

inline constexpr Seq kCheckpointEvery = 65'536;

// All must outlive the reader. Every `at` is a sequence at or below the head; 0 is the empty state. Not thread-safe.
class StateReader {
 public:
  // `memory` keeps what is asked for at the head; null: nothing is kept.
  StateReader(const store::EventLog& log, const store::CacheStore& cache, StateMemory* memory = nullptr)
      : log_(log), cache_(cache), memory_(memory) {}

  // Settled. A collection that the log does not know comes back with exists() false.
  Result<CollectionState> CollectionAt(std::string_view name, Seq at) const;
  // Brings a settled state of an earlier point forward to `at`; settled.
  Status Forward(CollectionState& state, Seq at) const;
  // Settled; nothing if it is not in the collection at that point. Equals CollectionAt(...).Find(id), but takes only that artifact out of
  // the checkpoint and folds only its own stream and the collection's RefreshCompleted and CollectionRemoved events.
  Result<std::optional<ArtifactState>> ArtifactAt(std::string_view collection, std::string_view id, Seq at) const;
  Result<std::map<std::string, CollectionInfo>> CollectionsAt(Seq at) const;
  Result<std::vector<SnapshotInfo>> SnapshotsAt(Seq at) const;
  Result<ProjectState> ProjectAt(std::string_view project, Seq at) const;
  // By the repository's name in lower case.
  Result<std::map<std::string, SourceState>> SourcesAt(std::string_view collection, Seq at) const;
  // Absolute paths of the projects that the log knows, sorted.
  Result<std::vector<std::string>> Projects() const;
  Result<std::vector<TagChange>> TagHistoryAt(std::string_view collection, std::string_view id, Seq at) const;
  Result<Blame> BlameAt(std::string_view collection, std::string_view id, Seq at) const;
  // The types that have had an artifact of that name in the collection by then, as ids ("skill:pdf"), in the order of AllTypes().
  Result<std::vector<std::string>> IdsNamed(std::string_view collection, std::string_view name, Seq at) const;

 private:
  // True if the memory has answered through `use`: it can for the head alone.
  Result<bool> FromMemory(std::string_view collection, Seq at, const StateMemory::Use& use) const;
  Result<std::map<std::string, CollectionInfo>> FoldCollections(Seq at) const;
  Result<std::vector<SnapshotInfo>> FoldSnapshots(Seq at) const;

  const store::EventLog& log_;
  const store::CacheStore& cache_;
  StateMemory* memory_;
};

// Writes the collection's state at that sequence, whole and in shards.
Status WriteCheckpoint(store::CacheStore& cache, const CollectionState& state, Seq at);
// Writes the checkpoints of the collection that are due: one at every multiple of kCheckpointEvery up to the head. Called by a writer that
// has reported success, outside the commit path; cheap where none is due. An error is of no consequence to the log.
// How far they go is noted in the cache, kind "checkpointed", by collection: who drops checkpoints drops that too.
Status CheckpointIfDue(const store::EventLog& log, store::CacheStore& cache, std::string_view collection);

struct CheckpointRebuild {
  uint64_t checkpoints = 0;  // that there are now
  uint64_t written = 0;      // that were missing or said something else than the log does
  uint64_t dropped = 0;      // that nothing asks for
};
// Folds every collection from the first event, compares each checkpoint with what the fold gives where one is due, writes the ones that
// differ and drops those that are not due. With `write` false only counts.
Result<CheckpointRebuild> RebuildCheckpoints(const store::EventLog& log, store::CacheStore& cache, bool write);

}  // namespace skilltrail::projections
