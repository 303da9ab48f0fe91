// Salvage: what can be read of a damaged store and proven: events whose bytes are whole and whose chain agrees with the record they stand
// in, and contents that have their digest. The damaged store itself is never written to.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/segment.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::store {

class DamagedStore {
 public:
  // Through copies below `scratch` (Database::OpenDamaged). kNotFound: nothing like a store; kCorrupt: nothing of it can be read.
  static Result<DamagedStore> Open(const std::filesystem::path& dir, const std::filesystem::path& scratch);

  // Where the log should end: the furthest that HEAD, the database's own head and its events tell of.
  Seq end() const { return end_; }

  // Calls visit for every provable segment in order of sequence, and for the ranges in between and up to end() lost(first, last).
  Status Each(const std::function<Status(const Segment&)>& visit, const std::function<void(Seq, Seq)>& lost) const;
  // The content, if it is there and true to its digest.
  std::optional<std::string> Blob(const Digest& digest) const;

 private:
  DamagedStore() = default;
  bool FindBlock(Seq block, Segment& out) const;
  std::vector<Segment> Tail(Seq after) const;

  std::vector<std::unique_ptr<Database>> sources_;
  uint32_t block_events_ = 0;
  Seq end_ = 0;
};

}  // namespace skilltrail::store
