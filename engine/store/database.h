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

enum class Compression { kNone, kLz4, kZstd };

struct DatabaseOptions {
  size_t write_buffer_bytes = 4u << 20;             // of each family; tests use 64 KiB to flush often
  size_t max_wal_bytes = 4u << 20;                  // bound of what the next open must replay; a long-lived importer takes more
  bool long_lived = false;                          // keep all table files open and use more background work (serve, import)
  Compression log_compression = Compression::kLz4;  // of the log's new blocks; any can be read
};

// Puts and deletes that become durable together, in order. Not thread-safe.
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
  void Clear();

 private:
  friend class Database;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// An ordered walk over one family as it was when the walk began. Its key and value are valid until the next move. The database must outlive
// it. Not thread-safe.
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
  // `dir` is the store; the database stands in dir/db. Create: kConflict if a whole one is there; one whose creation was cut short is
  // finished. Create and OpenWriter: the caller holds the store's lock (lock.h). Errors: kNotFound (no database), kCorrupt, kFailed
  // (permissions, disk, written by a newer program), kBusy (another process has it open for writing). A reader waits for a flush under way.
  static Result<std::unique_ptr<Database>> Create(const std::filesystem::path& dir, const DatabaseOptions& options);
  static Result<std::unique_ptr<Database>> OpenWriter(const std::filesystem::path& dir, const DatabaseOptions& options);
  static Result<std::unique_ptr<Database>> OpenReader(const std::filesystem::path& dir);
  // What can still be read of a damaged database, in copies below `scratch`, which must be on the file system of `dir` or have room for all
  // of it; `dir` stays as it is. Several ways may each show a part of it: what one of them lacks another may have. kNotFound: no database;
  // kCorrupt: none of them opens. The copies go with `scratch`, which is the caller's to remove.
  static Result<std::vector<std::unique_ptr<Database>>> OpenDamaged(const std::filesystem::path& dir, const std::filesystem::path& scratch);
  // Whether there is something to open, whole or not.
  static bool Exists(const std::filesystem::path& dir);
  ~Database();  // a writer's flushes the WAL to tables first if over 1,000 records stand in it, and merges small tables if there are many

  bool writable() const;
  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  Result<bool> Has(Family family, std::string_view key) const;
  // Many keys of one family; the results in the keys' order.
  Result<std::vector<std::optional<std::string>>> MultiGet(Family family, const std::vector<std::string>& keys) const;
  // A scan reads ahead and leaves the cache alone; a short look does not.
  Cursor Scan(Family family) const;
  Cursor Look(Family family) const;
  // Durable (synced) on return, and the batch is empty. After an error the outcome is unknown: close, reopen, read.
  Status Commit(Batch& batch);
  // Not synced: for what may be lost, as caches and checkpoints.
  Status CommitRelaxed(Batch& batch);
  // Writes what stands in the WAL to table files.
  Status Flush();
  // A consistent copy of the database in target/db, which must not be there; table files are linked where the file system can. Writers
  // only.
  Status CopyTo(const std::filesystem::path& target);
  // Bytes of the table and blob files of each family, by its name; what stands only in the WAL is not in it.
  struct Size {
    std::string family;
    uint64_t bytes = 0;
  };
  Result<std::vector<Size>> Sizes() const;
  // Reads every table file, and tells what is wrong with those that are not as they were written, naming file and family. What others
  // merge away meanwhile is passed over.
  Result<std::vector<std::string>> DamagedTables() const;

 private:
  struct Rep;
  explicit Database(std::unique_ptr<Rep> rep);
  Status CommitAs(Batch& batch, bool synced);
  std::unique_ptr<Rep> rep_;
};

}  // namespace skilltrail::store
