// Database: the only thing that knows RocksDB. A directory `db/` with one column family a concern; raw bytes in and out, one atomic batch.
//
// Readers never take the writer's lock; they open (read-only) holding the file `gate` shared, and a writer holds it exclusively around its
// own open and every flush. A reader is a fixed view of the moment it was opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"

namespace skilltrail::store {

enum class Family { kMeta, kTail, kLog, kIndex, kBlobs, kCheckpoints, kCache };

struct DatabaseOptions {
  size_t write_buffer_bytes = 4u << 20;   // of each family; tests use 64 KiB to flush often
  size_t max_wal_bytes = 4u << 20;        // bound of what the next open must replay; a long-lived importer takes more
  bool long_lived = false;                // keep all table files open and use more background work (serve, import)
};

// Puts and deletes that become durable together. Not thread-safe.
class Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  size_t bytes() const;
  bool empty() const;

 private:
  friend class Database;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// An ordered walk over one family. Its key and value are valid until the next move. Not thread-safe.
class Cursor {
 public:
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  void Seek(std::string_view key);         // first key at or after
  void SeekForPrev(std::string_view key);  // last key at or before
  void SeekToFirst();
  void SeekToLast();
  void Next();
  void Prev();
  bool valid() const;
  std::string_view key() const;
  std::string_view value() const;
  Status status() const;  // why it stopped, if not at the end

 private:
  friend class Database;
  struct Rep;
  explicit Cursor(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

class Database {
 public:
  // `dir` is the store; the database stands in dir/db. Create: kConflict if one is there. OpenWriter: the caller holds the store's lock
  // (lock.h). Errors: kNotFound (no database), kCorrupt, kFailed (permissions, disk), kBusy (another process has it open for writing).
  static Result<std::unique_ptr<Database>> Create(const std::filesystem::path& dir, const DatabaseOptions& options);
  static Result<std::unique_ptr<Database>> OpenWriter(const std::filesystem::path& dir, const DatabaseOptions& options);
  static Result<std::unique_ptr<Database>> OpenReader(const std::filesystem::path& dir);
  ~Database();  // flushes the WAL to tables first if over 1,000 records stand in it

  bool writable() const;
  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  // Many keys of one family; the results in the keys' order.
  Result<std::vector<std::optional<std::string>>> MultiGet(Family family, const std::vector<std::string>& keys) const;
  // A scan reads ahead and leaves the cache alone; a short look does not.
  Cursor Scan(Family family) const;
  Cursor Look(Family family) const;
  // Durable (synced) on return. After an error the outcome is unknown: close, reopen, read.
  Status Commit(Batch& batch);
  // Not synced: for caches and checkpoints only.
  Status CommitRelaxed(Batch& batch);
  // Bytes of table, blob and log files, by family name; for `stats` and tests.
  Status Flush();

 private:
  struct Rep;
  explicit Database(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace skilltrail::store
