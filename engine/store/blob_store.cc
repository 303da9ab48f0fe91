#include "engine/store/blob_store.h"

#include <fmt/format.h>

#include <utility>

#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

constexpr size_t kMaxBatchBytes = 8u << 20;

}  // namespace

Result<std::string> BlobStore::Get(const Digest& digest) const {
  if (const auto waiting = waiting_.find(digest); waiting != waiting_.end()) return waiting->second;
  ASSIGN_OR_RETURN(auto content, database_.Get(Family::kBlobs, BlobKey(digest)));
  if (!content) {
    return Error{Code::kCorrupt, fmt::format("content {} is missing from the store", digest.hex()),
                 "skilltrail verify names what needs it"};
  }
  if (Sha256(*content) != digest) {
    return Error{Code::kCorrupt, fmt::format("content {} is damaged: its bytes have another digest", digest.hex()),
                 "restore the store from a backup, or skilltrail salvage --to DIR"};
  }
  return std::move(*content);
}

Result<bool> BlobStore::Has(const Digest& digest) const {
  if (waiting_.contains(digest)) return true;
  return database_.Has(Family::kBlobs, BlobKey(digest));
}

Result<std::vector<Digest>> BlobStore::Missing(std::span<const Digest> digests) const {
  std::vector<Digest> missing;
  for (const Digest& digest : digests) {
    ASSIGN_OR_RETURN(const bool has, Has(digest));
    if (!has) missing.push_back(digest);
  }
  return missing;
}

Result<Digest> BlobStore::Put(std::string content) {
  if (content.size() > kMaxBlobBytes) {
    return Error{Code::kUsage, fmt::format("a file of {} bytes is too large: the limit is {}", content.size(), kMaxBlobBytes), ""};
  }
  const Digest digest = Sha256(content);
  ASSIGN_OR_RETURN(const bool has, Has(digest));
  if (has) return digest;
  if (waiting_bytes_ + content.size() > kMaxBatchBytes) RETURN_IF_ERROR(Sync());
  waiting_bytes_ += content.size();
  waiting_.emplace(digest, std::move(content));
  if (waiting_bytes_ > kMaxBatchBytes) RETURN_IF_ERROR(Sync());
  return digest;
}

Status BlobStore::Sync() {
  if (waiting_.empty()) return {};
  Batch batch;
  for (const auto& [digest, content] : waiting_) batch.Put(Family::kBlobs, BlobKey(digest), content);
  RETURN_IF_ERROR(database_.Commit(batch));
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

}  // namespace skilltrail::store
