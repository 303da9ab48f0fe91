#include "engine/store/store.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace skilltrail::store {
namespace {

constexpr int kReaderRetries = 3;
constexpr std::chrono::milliseconds kRetryPause{20};

Error HalfMissing(const std::filesystem::path& dir, std::string_view there, std::string_view missing) {
  return {Code::kCorrupt, fmt::format("the store in {} has {} and no {}: one of them was removed", dir.string(), there, missing),
          missing == "HEAD" ? "skilltrail doctor --fix writes HEAD anew; if its creation was cut short, skilltrail init finishes it"
                            : "restore the store from a backup, or skilltrail salvage --to DIR"};
}

// Whether database and HEAD are there, both.
Status CheckPresent(const std::filesystem::path& dir) {
  ASSIGN_OR_RETURN(const auto anchor, ReadAnchor(dir));
  const bool database = Database::Exists(dir);
  if (database && anchor) return {};
  if (database) return HalfMissing(dir, "a database", "HEAD");
  if (anchor) return HalfMissing(dir, "HEAD", "database");
  return Error{Code::kNotFound, fmt::format("no store at {}", dir.string()), "create one: skilltrail init"};
}

Status OpenLog(Store& store, const Clock& clock, LogOptions options = {}) {
  ASSIGN_OR_RETURN(store.log, EventLog::Open(*store.database, store.dir, clock, std::move(options)));
  store.blobs = std::make_unique<BlobStore>(*store.database);
  store.cache = std::make_unique<CacheStore>(*store.database);
  return {};
}

Result<std::unique_ptr<Store>> TryReader(const std::filesystem::path& dir, const Clock& clock) {
  // HEAD before the database: what it promises is then surely there, however much a writer adds meanwhile.
  ASSIGN_OR_RETURN(auto anchor, ReadAnchor(dir));
  auto store = std::make_unique<Store>();
  store->dir = dir;
  ASSIGN_OR_RETURN(store->database, Database::OpenReader(dir));
  LogOptions options;
  options.anchor.emplace(std::move(anchor));
  RETURN_IF_ERROR(OpenLog(*store, clock, std::move(options)));
  return store;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Create(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms,
                                             const Clock& clock, const DatabaseOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) return Error{Code::kFailed, fmt::format("cannot create {}: {}", dir.string(), error.message()), ""};
  auto store = std::make_unique<Store>();
  store->dir = dir;
  const auto conflict = [&] { return Error{Code::kConflict, fmt::format("there is a store in {} already", dir.string()), ""}; };
  if (CheckPresent(dir).ok()) return conflict();
  ASSIGN_OR_RETURN(store->lock, Lock::Take(dir, command, lock_timeout_ms, clock.Now()));
  // Under the lock anew: another process may have been creating it.
  ASSIGN_OR_RETURN(const auto anchor, ReadAnchor(dir));
  const bool exists = Database::Exists(dir);
  if (exists && anchor) return conflict();
  if (anchor) return HalfMissing(dir, "HEAD", "database");
  auto created = Database::Create(dir, options);
  // A database without HEAD that is whole was never given an id, or lost its HEAD; opening the log tells which.
  if (exists && !created.ok() && created.error().code == Code::kConflict) created = Database::OpenWriter(dir, options);
  ASSIGN_OR_RETURN(store->database, std::move(created));
  RETURN_IF_ERROR(OpenLog(*store, clock));
  return store;
}

Result<std::unique_ptr<Store>> Store::OpenWriter(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms,
                                                 const Clock& clock, const DatabaseOptions& options) {
  RETURN_IF_ERROR(CheckPresent(dir));
  auto store = std::make_unique<Store>();
  store->dir = dir;
  ASSIGN_OR_RETURN(store->lock, Lock::Take(dir, command, lock_timeout_ms, clock.Now()));
  ASSIGN_OR_RETURN(store->database, Database::OpenWriter(dir, options));
  RETURN_IF_ERROR(OpenLog(*store, clock));
  return store;
}

Result<std::unique_ptr<Store>> Store::OpenReader(const std::filesystem::path& dir, const Clock& clock) {
  RETURN_IF_ERROR(CheckPresent(dir));
  for (int tries = 0;; ++tries) {
    auto store = TryReader(dir, clock);
    if (store.ok() || store.error().code != Code::kCorrupt || tries == kReaderRetries) return store;
    std::this_thread::sleep_for(kRetryPause * (tries + 1));
  }
}

}  // namespace skilltrail::store
