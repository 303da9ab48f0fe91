// ArchiveReader: one pass through an archive, every member held against the manifest. Inner to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "engine/session/context.h"
#include "engine/snapshot/archive_format.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct ArchiveVisitor {
  std::function<Status(const Manifest&)> manifest;                   // first
  std::function<Status(std::span<const uint8_t>)> event;             // verified bytes, aligned to 8, valid during the call
  std::function<Status(std::string)> state;                          //
  std::function<Status(const ArchiveMember&, std::string)> content;  // of files and of other content: bytes of that digest
};
// Visits what an archive holds, in its order; every function must be set. kCorrupt: no archive of ours, a member that the manifest does not
// name there, with that size, mode and digest, one that is missing, events that are none or are not chained to the manifest's digest.
// What was visited before counts for nothing then. The seal is not looked at.
Status ReadArchive(int fd, const Context& context, const ArchiveVisitor& visitor);

// True if the file's first member could be the manifest of an archive of ours; whatever else it is.
bool LooksLikeArchive(int fd);

}  // namespace skilltrail::snapshot
