// Store: an open store for one command: its directory, and everything that stands in it. It begins here; the rest of the room is behind it.
//
//   DIR/db/         the database          DIR/HEAD   the anchor (anchor.h)
//   DIR/lock        who writes (lock.h)   DIR/gate   readers and flushes (gate.h)
//   DIR/config.toml and DIR/collections/ belong to other rooms
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/store/blob_store.h"
#include "engine/store/cache_store.h"
#include "engine/store/database.h"
#include "engine/store/event_log.h"
#include "engine/store/lock.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::store {

struct Store {
  std::filesystem::path dir;
  std::optional<Lock> lock;  // of a writer; given back last
  std::unique_ptr<Database> database;
  std::unique_ptr<EventLog> log;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<CacheStore> cache;

  // Makes the directory, its parents and an empty store, durably, and holds it open for writing. kConflict if a store is there; a creation
  // that was cut short is finished. The clock must outlive the store; so in the two below.
  static Result<std::unique_ptr<Store>> Create(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms,
                                               const Clock& clock, const DatabaseOptions& options = {});
  // Takes the lock and opens for writing. kNotFound: no store. kBusy: another process holds the lock, which is named. kCorrupt: database
  // and HEAD do not belong together, or one is missing. kFailed: the directory can't be written.
  static Result<std::unique_ptr<Store>> OpenWriter(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms,
                                                   const Clock& clock, const DatabaseOptions& options = {});
  // A fixed view of the store, with all that anyone had reported done before. Takes no lock and writes nothing. What a writer beside it may
  // cause, a vanished file or a head behind HEAD, is tried again three times; then, and for all else, errors as above.
  static Result<std::unique_ptr<Store>> OpenReader(const std::filesystem::path& dir, const Clock& clock);
};

}  // namespace skilltrail::store
