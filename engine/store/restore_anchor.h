// RestoreAnchor: HEAD made anew from the database, where it is missing or cannot be read.
#pragma once

#include <filesystem>
#include <string>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail::store {

// True if there is a database, and HEAD is missing or is not one line of its form.
bool AnchorLost(const std::filesystem::path& dir);

// Takes the lock and writes HEAD as the database ends. What the lost HEAD promised is not known any more: a log that was cut since can be
// told by a signed head alone. Nothing is written where HEAD can be read, and after an error. kCorrupt: the database does not hold
// together. kNotFound: its creation was cut short. kBusy: another process holds the lock.
Status RestoreAnchor(const std::filesystem::path& dir, const std::string& command, int lock_timeout_ms, const Clock& clock);

}  // namespace skilltrail::store
