// Checkpoint: the stored bytes of one CollectionState, checked and readable in place: one artifact can be taken out without unpacking the
// rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/projections/artifact_state.h"
#include "engine/projections/refresh_marks.h"
#include "events/result.h"
#include "schema/checkpoint_generated.h"

namespace skilltrail::projections {

class Checkpoint {
 public:
  // Raised whenever the bytes, or what a fold makes of the same events, change: older checkpoints are ignored then.
  static constexpr uint32_t kFormat = 1;

  // A checkpoint is kept whole, for a collection, and once more in shards, for one artifact.
  static constexpr uint32_t kShards = 64;
  static uint32_t ShardOf(std::string_view id);

  // Copies and verifies the bytes. kCorrupt if they are not a checkpoint of today's format.
  static Result<Checkpoint> Open(std::string_view bytes);

  const schema::CollectionCheckpoint& view() const { return *flatbuffers::GetRoot<schema::CollectionCheckpoint>(words_.data()); }
  std::optional<ArtifactState> Find(std::string_view id) const;
  RefreshMarks refreshes() const;

 private:
  explicit Checkpoint(std::vector<uint64_t> words) : words_(std::move(words)) {}
  std::vector<uint64_t> words_;  // the bytes at an address that FlatBuffers can read: RocksDB's values promise no alignment
};

}  // namespace skilltrail::projections
