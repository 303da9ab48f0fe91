// Export: a snapshot as a file: an archive of what follows from its collection alone (archive_format.h), the same bytes whenever and
// wherever it is made.
#pragma once

#include <filesystem>
#include <string>

#include "engine/session/reading.h"
#include "engine/snapshot/snapshot.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct ExportReport {
  SnapshotReport snapshot;  // with tarball_path
  uint64_t events = 0;
  uint64_t artifacts = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;  // of the file; 0 in a dry run
  Digest digest;       // its SHA-256; zero in a dry run
};
// `file` is absolute and ends in .tar.zst or .tar.gz, else kUsage. It is there whole and durable, or not at all: it is written beside and
// renamed. A file that is there already is kConflict, unless it has those very bytes. kCorrupt naming the content that the store has lost.
// In constant memory but for the names of members, and one pass over the events more than for reading them.
Result<ExportReport> Export(Reading& reading, const std::string& snapshot, const std::filesystem::path& file);
// As that, for a snapshot at hand.
Result<ExportReport> ExportSnapshot(Reading& reading, SnapshotReport snapshot, const std::filesystem::path& file);
// What of it can be told before there is a snapshot: the file's name, and that it is free.
Status CheckExportTarget(const std::filesystem::path& file);

}  // namespace skilltrail::snapshot
