// Stats: what takes how much room in a store.
#pragma once

#include <string>
#include <vector>

#include "engine/session/reading.h"
#include "engine/store/cache_store.h"
#include "engine/store/database.h"
#include "events/result.h"

namespace skilltrail::query {

struct EventCount {
  std::string what;        // a type, an artifact, a month ("2026-01", UTC)
  std::string collection;  // of an artifact
  uint64_t events = 0;
  uint64_t bytes = 0;  // of the events themselves, uncompressed
};

struct StatsReport {
  Seq head = 0;
  Digest head_hash;
  uint64_t event_bytes = 0;
  uint64_t runs = 0;
  std::vector<EventCount> by_type;      // most bytes first, then by name; so in the next
  std::vector<EventCount> by_artifact;  // at most `artifacts` of the request
  uint64_t artifacts = 0;               // that have events
  std::vector<EventCount> by_month;     // oldest first

  // Contents: what the files of all trees would take if each stood for itself, and what is kept.
  uint64_t trees = 0, tree_files = 0;
  uint64_t tree_file_bytes = 0;
  uint64_t blobs = 0, blob_bytes = 0;  // distinct ones
  uint64_t shared_blobs = 0;           // that more than one tree names
  uint64_t missing_trees = 0;          // that cannot be read; verify names them

  uint64_t checkpoints = 0, checkpoint_bytes = 0;
  std::vector<store::CacheStore::KindSize> cache;
  std::vector<store::Database::Size> disk;  // by family; what stands only in the write-ahead log is not in it
};
// Over the events up to the context's point; cache and disk as they are now.
Result<StatsReport> Stats(Reading& reading, size_t artifacts);

}  // namespace skilltrail::query
