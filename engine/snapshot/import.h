// Import: an archive becomes a collection of this store.
//
// - An export of a snapshot, under its own name: with its history and snapshots. Its events come in unchanged: they keep identity, time
//   and actor. What the store has already is passed over, so importing again changes nothing; a later archive of the same collection adds
//   what is new, if nothing else has happened to the collection here.
// - The same under another name: its state, its files and its snapshot. Its events name the collection they are of, and their bytes never
//   change, so the history stays in the archive; CollectionImported names the archive's digest.
// - SkillMeat's .tar.gz: its files, and what its collection.toml says. SkillMeat's snapshots.toml: each of its archives in turn, so that
// the
//   collection has their history and their snapshots.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/context.h"
#include "engine/snapshot/snapshot.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct ImportRequest {
  std::filesystem::path file;  // absolute
  std::string as;              // empty: the archive's own name
};
struct ImportReport {
  std::string collection;
  std::filesystem::path path;                                                     // its directory
  enum class Brought { kNothing, kHistory, kState } brought = Brought::kNothing;  // kNothing: all of it was here
  uint64_t events = 0;                                                            // of the archive, that were appended
  uint64_t known = 0;                                                             // that were here already
  uint64_t artifacts = 0;                                                         // that stand in the collection now
  std::vector<std::string> snapshots;                                             // ids that came with it, or were here
  std::string run_id;                                                             // empty if nothing was written
  std::vector<std::string> notes;
};
// The whole file is checked first (archive_check.h; limits for every archive in tar_stream.h): kCorrupt, and nothing of it lands anywhere.
// kConflict: the name is taken by another collection, or one with a history that is not the archive's; an event of the archive is known
// with other bytes; files stand where the collection is to be. The events come in as one batch; files follow, and an interrupted import is
// finished by the next command that writes.
Result<ImportReport> Import(const Context& context, const ImportRequest& request);

}  // namespace skilltrail::snapshot
