// Anchor: the file HEAD beside the database, one line "<store id> <seq> <hash>\n". It is written after the synced batch, so it may be
// behind the database, never ahead: a database behind its anchor was cut or rolled back.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::store {

struct Anchor {
  std::string store_id;  // UUID
  Seq seq = 0;
  Digest hash;
};

// Nothing if there is no file; kCorrupt if it is not one line of that form.
Result<std::optional<Anchor>> ReadAnchor(const std::filesystem::path& dir);
// Atomic and durable: temp file, fsync, rename, fsync of the directory.
Status WriteAnchor(const std::filesystem::path& dir, const Anchor& anchor);

}  // namespace skilltrail::store
