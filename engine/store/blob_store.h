// BlobStore: file bytes by their SHA-256. An orphan blob is harmless; a blob is synced no later than the event that names it. Not
// thread-safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/store/database.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::store {

inline constexpr size_t kMaxBlobBytes = 256u << 20;

class BlobStore {
 public:
  explicit BlobStore(Database& database) : database_(database) {}

  // The content; kCorrupt naming the digest if it is missing or its bytes do not have that digest. What was put counts, synced or not; so
  // in the two below.
  Result<std::string> Get(const Digest& digest) const;
  Result<bool> Has(const Digest& digest) const;
  // Which of these are missing.
  Result<std::vector<Digest>> Missing(std::span<const Digest> digests) const;
  // Keeps the content in memory until Sync; before more than 8 MiB gather, they are synced. A content that is already there costs one look.
  // kUsage for over 256 MiB.
  Result<Digest> Put(std::string content);
  // All that was put is durable on return. After an error nothing more can be synced through this database.
  Status Sync();

 private:
  Database& database_;
  std::map<Digest, std::string> waiting_;
  size_t waiting_bytes_ = 0;
};

}  // namespace skilltrail::store
