#include "engine/store/rebuild_index.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "engine/store/block_walk.h"
#include "engine/store/keys.h"
#include "engine/store/open_block.h"

namespace skilltrail::store {
namespace {

constexpr size_t kBuildBatchBytes = 1u << 20;
constexpr size_t kSwapBatchBytes = 64u << 20;
constexpr Seq kReportBlocks = 256;

class Scratch {
 public:
  explicit Scratch(std::filesystem::path dir) : dir_(std::move(dir)) { Remove(); }
  ~Scratch() { Remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Result<std::unique_ptr<Database>> Make() const {
    std::error_code failed;
    std::filesystem::create_directories(dir_, failed);
    if (failed) return Error{Code::kFailed, fmt::format("cannot make {}: {}", dir_.string(), failed.message()), ""};
    DatabaseOptions options;
    options.long_lived = true;
    options.write_buffer_bytes = 32u << 20;
    options.max_wal_bytes = 64u << 20;
    return Database::Create(dir_, options);
  }

 private:
  // What is left after a failure is removed by the next rebuild.
  void Remove() const {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  std::filesystem::path dir_;
};

// The last sequence that stands in a sealed block.
Result<Seq> SealedThrough(const Database& database, uint32_t block_events) {
  Cursor last = database.Look(Family::kLog);
  last.SeekToLast();
  RETURN_IF_ERROR(last.status());
  return last.valid() ? SeqAtEnd(last.key()) + block_events - 1 : Seq{0};
}

Status Build(const Database& live, uint32_t block_events, Seq through, const IndexRebuildOptions& options, Database& fresh) {
  BlockWalk walk(live.Scan(Family::kLog), block_events);
  Segment segment;
  OpenBlock block;
  Batch batch;
  for (Seq first = 1; first <= through; first += block_events) {
    if (options.interrupted && options.interrupted()) return Error{Code::kInterrupted, "interrupted while building the index", ""};
    if (options.progress && first / block_events % kReportBlocks == 0) options.progress(first, through);
    RETURN_IF_ERROR(walk.Load(first, segment));
    for (size_t i = 0; i < segment.size(); ++i) RETURN_IF_ERROR(VerifyEventBytes(segment.bytes(i)));
    block.Start(first, segment.before());
    block.Add(segment);
    for (const auto& [prefix, set] : block.index()) batch.Put(Family::kIndex, IndexKey(prefix, first), set.Encode());
    if (batch.bytes() >= kBuildBatchBytes) RETURN_IF_ERROR(fresh.CommitRelaxed(batch));
  }
  return batch.empty() ? Status() : fresh.CommitRelaxed(batch);
}

// Walks over both, in the order of their keys.
Status Swap(Database& live, const Database& fresh, bool write, IndexRebuild& report) {
  Cursor is = live.Scan(Family::kIndex);
  Cursor shall = fresh.Scan(Family::kIndex);
  Batch batch;
  is.SeekToFirst();
  shall.SeekToFirst();
  while (is.valid() || shall.valid()) {
    const int order = !is.valid() ? 1 : !shall.valid() ? -1 : is.key().compare(shall.key());
    if (order < 0) {
      ++report.removed;
      batch.Delete(Family::kIndex, is.key());
    } else if (order > 0) {
      ++report.added;
      batch.Put(Family::kIndex, shall.key(), shall.value());
    } else if (is.value() != shall.value()) {
      ++report.changed;
      batch.Put(Family::kIndex, shall.key(), shall.value());
    }
    if (!write) batch.Clear();
    if (batch.bytes() >= kSwapBatchBytes) RETURN_IF_ERROR(live.Commit(batch));
    if (order >= 0) {
      ++report.entries;
      shall.Next();
    }
    if (order <= 0) is.Next();
  }
  RETURN_IF_ERROR(is.status());
  RETURN_IF_ERROR(shall.status());
  return batch.empty() ? Status() : live.Commit(batch);
}

}  // namespace

Result<IndexRebuild> RebuildIndex(Database& database, const IndexRebuildOptions& options) {
  ASSIGN_OR_RETURN(const auto value, database.Get(Family::kMeta, kBlockEventsKey));
  if (!value || value->size() != sizeof(uint32_t) || ReadU32(value->data()) < 1 || ReadU32(value->data()) > kMaxBlockEvents) {
    return Error{Code::kCorrupt, "the store does not say how many events its blocks hold", "skilltrail salvage --to DIR"};
  }
  const uint32_t block_events = ReadU32(value->data());
  ASSIGN_OR_RETURN(const Seq through, SealedThrough(database, block_events));
  IndexRebuild report;
  const Scratch scratch(options.scratch);
  {
    ASSIGN_OR_RETURN(const auto fresh, scratch.Make());
    RETURN_IF_ERROR(Build(database, block_events, through, options, *fresh));
    RETURN_IF_ERROR(Swap(database, *fresh, options.write, report));
  }
  return report;
}

}  // namespace skilltrail::store
