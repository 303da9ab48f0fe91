// EventsFile: the log as NDJSON, for other tools and for ever: every event as `log -o ndjson` prints it and with its bytes, and before the
// first event that names them the contents. The schema of a line is events-file.schema.json in this room.
//
//   {"kind": "log", "format": 1, "store_id", "events", "head": {"seq", "hash"}}     the first line
//   {"kind": "blob", "digest", "size", "content"}                                   content in Base64
//   {"kind": "event", ...an event of `log`..., "bytes"}                             bytes in Base64: what the hashes are over
//
// The same log gives the same bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::upkeep {

struct EventsExportReport {
  Seq events = 0;
  Digest head_hash;
  uint64_t blobs = 0;
  uint64_t bytes = 0;  // of the file
};
// The events up to the reading's point, whatever their collection. `write` gets the file piece by piece; its error ends the export.
// Contents that are missing are an error (kCorrupt) unless a BlobRedacted says so.
Result<EventsExportReport> ExportEvents(Reading& reading, bool with_blobs, const std::function<Status(std::string_view)>& write);

struct EventsImportReport {
  enum class Way {
    kNothing,    // the store has all of it
    kContinued,  // the file goes on where the store's log ends: same sequences, times and hashes
    kMerged,     // unknown events were appended at new sequences, at the time of the import
  } way = Way::kNothing;
  Seq events = 0;   // appended
  Seq skipped = 0;  // that the store had
  uint64_t blobs = 0;
  Seq head = 0;
  Digest head_hash;
};
// Checks the whole file first: its chain, every event's bytes and place, every content, and that each content that an event names is in the
// file or in the store (kCorrupt otherwise, naming the line; nothing is written then). Creates the store where there is none. kConflict: an
// event of the file is known with other bytes, or a collection of the file has a history of its own here. With context.dry_run only checks.
Result<EventsImportReport> ImportEvents(const Context& context, const std::filesystem::path& file);

const char* ImportWayName(EventsImportReport::Way way);  // "nothing", "continued", "merged"

}  // namespace skilltrail::upkeep
