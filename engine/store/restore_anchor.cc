#include "engine/store/restore_anchor.h"

#include <fmt/format.h>

#include <optional>

#include "engine/store/anchor.h"
#include "engine/store/database.h"
#include "engine/store/event_log.h"
#include "engine/store/keys.h"
#include "engine/store/lock.h"

namespace skilltrail::store {

bool AnchorLost(const std::filesystem::path& dir) {
  const auto anchor = ReadAnchor(dir);
  const bool readable = anchor.ok() ? anchor->has_value() : anchor.error().code != Code::kCorrupt;
  return !readable && Database::Exists(dir);
}

Status RestoreAnchor(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms, const Clock& clock) {
  ASSIGN_OR_RETURN(const auto lock, Lock::Take(dir, command, lock_timeout_ms, clock.Now()));
  if (!AnchorLost(dir)) return {};  // another process was faster
  ASSIGN_OR_RETURN(const auto database, Database::OpenWriter(dir, {}));
  ASSIGN_OR_RETURN(const auto ids, database->MultiGet(Family::kMeta, {std::string(kStoreIdKey)}));
  if (!ids.front()) {
    return Error{Code::kNotFound, fmt::format("no store at {}: its creation was cut short", dir.string()), "finish it: skilltrail init"};
  }
  LogOptions options;
  options.anchor.emplace(Anchor{*ids.front(), 0, Digest{}});  // the one that every log fulfils
  ASSIGN_OR_RETURN(const auto log, EventLog::Open(*database, dir, clock, std::move(options)));
  return WriteAnchor(dir, {log->store_id(), log->head(), log->head_hash()});
}

}  // namespace skilltrail::store
