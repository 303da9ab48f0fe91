// Backup: a consistent copy of a store while others work.
#pragma once

#include <filesystem>
#include <string>

#include "engine/session/context.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::upkeep {

struct BackupReport {
  std::filesystem::path path;
  Seq head = 0;
  Digest head_hash;
  uint64_t bytes = 0;  // of all its files; tables that are linked count whole
};
// Copies database, HEAD, config.toml and the collections inside the store to `target`, an absent or empty directory (else kConflict): a
// store of the same identity that opens like any other. Readers are not disturbed; writers wait while the lock is held. The copy is opened
// and its head compared before it gets its name.
Result<BackupReport> Backup(const Context& context, const std::filesystem::path& target);

}  // namespace skilltrail::upkeep
