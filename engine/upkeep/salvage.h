// Salvage: every provable event and content of a damaged store, brought over into a new one, and what is lost.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/session/context.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::upkeep {

struct SalvageReport {
  std::filesystem::path path;
  Seq events = 0;  // brought over
  Seq head = 0;    // of the new store
  Digest head_hash;
  uint64_t blobs = 0;
  std::vector<std::pair<Seq, Seq>> lost_events;  // ranges, by the sequences that they had
  std::vector<Digest> lost_blobs;                // that events name; the first hundred
  uint64_t lost_blob_count = 0;
  Seq moved_from = 0;  // from here on events have other sequences than they had; 0: none has
  std::vector<std::string> notes;
};
// `target` must be absent or empty (else kConflict) and gets a store of its own identity: events keep their bytes, their order and the time
// at which they were logged. Contents that are lost are told in the new log by BlobRedacted, so that it verifies. The damaged store is left
// as it is. kNotFound: nothing like a store; kCorrupt: nothing of it can be read.
Result<SalvageReport> Salvage(const Context& context, const std::filesystem::path& target);

}  // namespace skilltrail::upkeep
