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
  // The same without the copy, where their address allows it: the bytes must outlive the checkpoint.
  static Result<Checkpoint> OpenInPlace(std::string_view bytes);

  Checkpoint(Checkpoint&&) = default;
  Checkpoint& operator=(Checkpoint&&) = default;
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  const schema::CollectionCheckpoint& view() const { return *flatbuffers::GetRoot<schema::CollectionCheckpoint>(data_); }
  std::optional<ArtifactState> Find(std::string_view id) const;
  RefreshMarks refreshes() const;

 private:
  Checkpoint() = default;
  static Result<Checkpoint> Verify(Checkpoint checkpoint, size_t size);

  std::vector<uint64_t> words_;  // a copy at an address that FlatBuffers can read: RocksDB's values promise no alignment
  const uint8_t* data_ = nullptr;
};

}  // namespace skilltrail::projections
