#include "engine/projections/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "events/codec.h"

namespace skilltrail::projections {
namespace {

// FlatBuffers stops at a million tables by default; an artifact takes about six (its metadata fields), and a collection may hold 100,000s.
constexpr flatbuffers::uoffset_t kMaxTables = 16'000'000;
constexpr flatbuffers::uoffset_t kMaxDepth = 16;

bool Verified(const uint8_t* data, size_t size) {
  if (size < sizeof(flatbuffers::uoffset_t) || size >= FLATBUFFERS_MAX_BUFFER_SIZE) return false;
  flatbuffers::Verifier verifier(data, size, kMaxDepth, kMaxTables);
  return verifier.VerifyBuffer<schema::CollectionCheckpoint>(nullptr);
}

}  // namespace

uint32_t Checkpoint::ShardOf(std::string_view id) {
  return Sha256(id).bytes[0] % kShards;
}

Result<Checkpoint> Checkpoint::Open(std::string_view bytes) {
  Checkpoint checkpoint;
  checkpoint.words_.resize((bytes.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  if (!bytes.empty()) std::memcpy(checkpoint.words_.data(), bytes.data(), bytes.size());
  checkpoint.data_ = reinterpret_cast<const uint8_t*>(checkpoint.words_.data());
  return Verify(std::move(checkpoint), bytes.size());
}

Result<Checkpoint> Checkpoint::OpenInPlace(std::string_view bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0) return Open(bytes);
  Checkpoint checkpoint;
  checkpoint.data_ = reinterpret_cast<const uint8_t*>(bytes.data());
  return Verify(std::move(checkpoint), bytes.size());
}

Result<Checkpoint> Checkpoint::Verify(Checkpoint checkpoint, size_t size) {
  if (!Verified(checkpoint.data_, size))
    return Error{Code::kCorrupt, "cannot read a checkpoint: its bytes are damaged", "run `skilltrail rebuild`"};
  if (checkpoint.view().format() != kFormat)
    return Error{Code::kCorrupt, "cannot read a checkpoint: it was written in another format", "run `skilltrail rebuild`"};
  return checkpoint;
}

std::optional<ArtifactState> Checkpoint::Find(std::string_view id) const {
  const auto* artifacts = view().artifacts();
  if (artifacts == nullptr) return std::nullopt;
  flatbuffers::uoffset_t low = 0, high = artifacts->size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (View(artifacts->Get(middle)->id()) < id)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == artifacts->size() || View(artifacts->Get(low)->id()) != id) return std::nullopt;
  std::optional<ArtifactState> found(std::in_place);
  artifacts->Get(low)->UnPackTo(&*found);
  return found;
}

RefreshMarks Checkpoint::refreshes() const {
  std::vector<RefreshMark> marks;
  if (const auto* stored = view().refreshes(); stored != nullptr) {
    marks.resize(stored->size());
    for (flatbuffers::uoffset_t i = 0; i < stored->size(); ++i) {
      marks[i].seq = stored->Get(i)->seq();
      marks[i].recorded_at = stored->Get(i)->recorded_at();
      if (const auto* completed = stored->Get(i)->completed(); completed != nullptr) completed->UnPackTo(&marks[i].completed);
    }
  }
  return RefreshMarks(std::move(marks));
}

}  // namespace skilltrail::projections
