// DueManifest: a collection's manifest that the run is to write at its end. It is read while events are decided, and composed while they
// are appended, each in a thread; what was begun ends with this object.
#pragma once

#include <filesystem>
#include <future>
#include <string>

#include "engine/manifest/manifest.h"
#include "engine/projections/collection_state.h"
#include "engine/store/cache_store.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail {

// What both files are to say, of what they say now.
struct ComposedManifest {
  manifest::CollectionDraft draft;
  std::string memory;  // what is to be remembered of it: see manifest_sync.h
};

class DueManifest {
 public:
  DueManifest();
  DueManifest(DueManifest&&) noexcept;
  ~DueManifest();

  // Begins to read what stands there.
  void Read(const std::filesystem::path& dir);
  // It is being read already.
  void Take(std::future<Result<manifest::CollectionDraft>> read) { read_ = std::move(read); }
  // Begins to compose it of that state, which may go on meanwhile, unless that was done. The cache must outlive this object.
  void Compose(const store::CacheStore& cache, const std::filesystem::path& dir, const projections::CollectionState& state, Micros now);
  // The state says something else than what was composed.
  void Renew();
  // Writes what was composed, or is now. Errors as SyncManifest.
  Status Write(store::CacheStore& cache, const std::filesystem::path& dir, const projections::CollectionState& state, Micros now);

 private:
  std::future<Result<manifest::CollectionDraft>> read_;
  std::future<Result<ComposedManifest>> composed_;
};

}  // namespace skilltrail
