// CacheStore: disposable bytes by kind and key: HTTP validators, stat cache, checkpoints. Never the truth; never synced on its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/database.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::store {

class CacheStore {
 public:
  explicit CacheStore(Database& database) : database_(database) {}
  Result<std::optional<std::string>> Get(std::string_view kind, std::string_view key) const;
  Status Put(std::string_view kind, std::string_view key, std::string_view value);
  // Drops every value of the kind that `drop` is true for.
  Status DropIf(std::string_view kind, const std::function<bool(std::string_view value)>& drop);

  // The newest checkpoint of (projection, subject) at or before `through`: its sequence and bytes.
  struct Checkpoint {
    Seq seq = 0;
    std::string bytes;
  };
  Result<std::optional<Checkpoint>> LatestCheckpoint(std::string_view projection, std::string_view subject, Seq through) const;
  Status PutCheckpoint(std::string_view projection, std::string_view subject, Seq seq, std::string_view bytes);

  // All checkpoints, in the order of their keys; `size` is that of the bytes.
  struct CheckpointEntry {
    std::string projection, subject;
    Seq seq = 0;
    uint64_t size = 0;
  };
  Result<std::vector<CheckpointEntry>> Checkpoints() const;
  Result<std::optional<std::string>> GetCheckpoint(std::string_view projection, std::string_view subject, Seq seq) const;
  Status DropCheckpoint(std::string_view projection, std::string_view subject, Seq seq);
  // Everything of that kind.
  Status Drop(std::string_view kind);
  // Entries and bytes of each kind, by its name.
  struct KindSize {
    std::string kind;
    uint64_t entries = 0, bytes = 0;
  };
  Result<std::vector<KindSize>> Kinds() const;

 private:
  Database& database_;
};

}  // namespace skilltrail::store
