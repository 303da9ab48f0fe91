#include "engine/store/database_options.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

namespace skilltrail::store {
namespace {

constexpr size_t kLogBlockBytes = 16u << 10;  // a sealed block is about as large: one value a RocksDB block
constexpr size_t kSmallBlockBytes = 4u << 10;
constexpr size_t kCacheBytes = 16u << 20;
constexpr size_t kLongLivedCacheBytes = 64u << 20;
constexpr size_t kMinBlobBytes = 1u << 10;
constexpr size_t kReadaheadBytes = 2u << 20;
constexpr int kBloomBits = 10;
constexpr int kFlushes = 4;                     // at once: the families of a closing writer, whose time goes into waiting for the disk
constexpr uint64_t kManifestBytes = 64u << 10;  // every open reads it from its beginning

// RocksDB's default is a LOG file beside the tables. A reader must leave nothing behind in a directory that may not be its own to write,
// and in a writer a full disk fails an assertion of the packaged library in that file's writer, which aborts the process. What RocksDB has
// to say of a failure comes back in its status.
class SilentLogger : public rocksdb::Logger {
 public:
  SilentLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// After a full disk RocksDB 7.8 waits for room in a thread of its own, and a close that meets it at its work waits for it forever. Here a
// failed background write ends this open, so there is nothing to wait for.
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/, bool* recover) override {
    *recover = false;
  }
};

rocksdb::CompressionType CompressionOf(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return rocksdb::kNoCompression;
    case Compression::kLz4:
      return rocksdb::kLZ4Compression;
    case Compression::kZstd:
      return rocksdb::kZSTD;
  }
  return rocksdb::kNoCompression;
}

rocksdb::DBOptions BaseOptions() {
  rocksdb::DBOptions out;
  // The default mode drops synced records after a flipped bit without a word; the strictest refuses the torn tail that every kill leaves.
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.max_file_opening_threads = 1;
  out.skip_stats_update_on_db_open = true;
  out.info_log = std::make_shared<SilentLogger>();
  return out;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const DatabaseOptions& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  out.write_buffer_size = options.write_buffer_bytes;
  out.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = kSmallBlockBytes;
  // Where in a table a key stands is read when it is asked for. Otherwise every open would read that of all tables, whatever it is to
  // answer, and take longer with every event.
  table.cache_index_and_filter_blocks = true;
  if (family == Family::kLog) {
    out.compression = CompressionOf(options.log_compression);
    table.block_size = kLogBlockBytes;
  }
  if (family == Family::kBlobs) {
    out.enable_blob_files = true;
    out.min_blob_size = kMinBlobBytes;
    out.blob_compression_type = rocksdb::kLZ4Compression;
    // Most questions to this family are whether a content is new, and it is.
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBits));
  }
  if (family == Family::kCheckpoints) {
    // A checkpoint of a large collection is megabytes: apart from the keys and as it is, a look for the nearest one touches only that one.
    out.enable_blob_files = true;
    out.min_blob_size = kMinBlobBytes;
  }
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

}  // namespace

rocksdb::DBOptions WriterOptions(const DatabaseOptions& options) {
  rocksdb::DBOptions out = BaseOptions();
  out.max_total_wal_size = options.max_wal_bytes;
  out.max_manifest_file_size = kManifestBytes;
  out.max_open_files = options.long_lived ? -1 : 16;
  out.max_background_flushes = kFlushes;
  out.max_background_compactions = options.long_lived ? 3 : 1;
  // A failed background write ends this open; RocksDB 7.8's own recovery from one can write WAL records twice.
  out.max_bgerror_resume_count = 0;
  out.listeners.push_back(std::make_shared<NoRecovery>());
  return out;
}

rocksdb::DBOptions ReaderOptions() {
  rocksdb::DBOptions out = BaseOptions();
  // All table files are opened at once and stay open: a writer's compaction may delete one under a reader, and an open file stays readable.
  out.max_open_files = -1;
  return out;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const DatabaseOptions& options) {
  const auto cache = rocksdb::NewLRUCache(options.long_lived ? kLongLivedCacheBytes : kCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    const auto family = static_cast<Family>(i);
    const std::string name = family == Family::kMeta ? rocksdb::kDefaultColumnFamilyName : std::string(kFamilyNames[i]);
    out.emplace_back(name, FamilyOptions(family, options, cache));
  }
  return out;
}

rocksdb::ReadOptions ScanOptionsOf() {
  rocksdb::ReadOptions out;
  out.fill_cache = false;
  out.readahead_size = kReadaheadBytes;
  return out;
}

rocksdb::ReadOptions LookOptionsOf() {
  return {};  // checksums are verified by default
}

Error Translate(const rocksdb::Status& status, std::string_view doing) {
  const std::string message = fmt::format("cannot {}: {}", doing, status.ToString());
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound()) {
    return {Code::kCorrupt, message, "restore the store from a backup, or skilltrail salvage --to DIR"};
  }
  if (status.IsNoSpace()) return {Code::kFailed, message, "free some space on that file system and run the command again"};
  return {Code::kFailed, message, ""};
}

}  // namespace skilltrail::store
