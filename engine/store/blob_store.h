// BlobStore: file bytes by their SHA-256. An orphan blob is harmless; a blob is synced no later than the event that names it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/database.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::store {

inline constexpr size_t kMaxBlobBytes = 256u << 20;

class BlobStore {
 public:
  explicit BlobStore(Database& database) : database_(database) {}

  // The content; kCorrupt naming the digest if it is missing or its bytes do not have that digest.
  Result<std::string> Get(const Digest& digest) const;
  Result<bool> Has(const Digest& digest) const;
  // Which of these are missing.
  Result<std::vector<Digest>> Missing(const std::vector<Digest>& digests) const;
  // Keeps the content in memory until Sync, or until 8 MiB have gathered, which are then synced. A content that is already there costs
  // one look. kUsage for over 256 MiB.
  Result<Digest> Put(std::string content);
  // All that was put is durable on return.
  Status Sync();

 private:
  Database& database_;
  Batch batch_;
  std::vector<Digest> batched_;
};

}  // namespace skilltrail::store
