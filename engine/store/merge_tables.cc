#include "engine/store/merge_tables.h"

#include <rocksdb/metadata.h>

#include <string>
#include <vector>

namespace skilltrail::store {
namespace {

// So long a run is worth the work.
constexpr size_t kMinRun = 12;
// So much of it is merged at once, as much as one table may hold.
constexpr size_t kMaxRun = 64;
constexpr uint64_t kMaxRunBytes = 64u << 20;
// What counts as small. In two steps, so that what many short commands leave is not copied each time together with what they left before.
constexpr uint64_t kSmallBytes[] = {2u << 20, 16u << 20};

struct Run {
  int level = 0;
  std::vector<std::string> files;
};

// The first run of neighbours in their keys' order, below the files that were just flushed; without files if there is none.
Run FindRun(const rocksdb::ColumnFamilyMetaData& family, uint64_t small) {
  for (const auto& level : family.levels) {
    if (level.level == 0) continue;  // these may overlap, and RocksDB merges them itself
    Run run{level.level, {}};
    uint64_t bytes = 0;
    const auto long_enough = [&] { return run.files.size() >= kMinRun; };
    for (const auto& file : level.files) {
      const bool joins = file.size < small && run.files.size() < kMaxRun && bytes + file.size <= kMaxRunBytes;
      if (!joins && long_enough()) return run;
      if (!joins) {
        run.files.clear();
        bytes = 0;
      }
      if (file.size < small) {
        run.files.push_back(file.name);
        bytes += file.size;
      }
    }
    if (long_enough()) return run;
  }
  return {};
}

}  // namespace

rocksdb::Status MergeSmallTables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // the family's own; Snappy is the default
  options.output_file_size_limit = kMaxRunBytes;
  rocksdb::ColumnFamilyMetaData tables;
  db.GetColumnFamilyMetaData(family, &tables);
  for (const uint64_t small : kSmallBytes) {
    for (Run run = FindRun(tables, small); !run.files.empty(); run = FindRun(tables, small)) {
      const size_t before = tables.file_count;
      const rocksdb::Status merged = db.CompactFiles(options, family, run.files, run.level);
      if (!merged.ok()) return merged;
      db.GetColumnFamilyMetaData(family, &tables);
      if (tables.file_count >= before) return {};
    }
  }
  return {};
}

}  // namespace skilltrail::store
