#include "engine/session/due_manifest.h"

#include <utility>

#include "engine/session/manifest_sync.h"

namespace skilltrail {
namespace {

Result<manifest::CollectionDraft> Draft(const std::filesystem::path& dir, std::future<Result<manifest::CollectionDraft>>& read) {
  return read.valid() ? read.get() : manifest::CollectionDraft::Read(dir);
}

}  // namespace

DueManifest::DueManifest() = default;
DueManifest::DueManifest(DueManifest&&) noexcept = default;
DueManifest::~DueManifest() = default;

void DueManifest::Read(const std::filesystem::path& dir) {
  read_ = std::async(std::launch::async, manifest::CollectionDraft::Read, dir);
}

void DueManifest::Compose(const store::CacheStore& cache, const std::filesystem::path& dir, const projections::CollectionState& state,
                          Micros now) {
  if (composed_.valid()) return;
  auto compose = [&cache, dir, read = std::move(read_), facts = FactsOf(state), now]() mutable {
    return ComposeManifest(cache, dir, Draft(dir, read), std::move(facts), now);
  };
  composed_ = std::async(std::launch::async, std::move(compose));
}

void DueManifest::Renew() {
  composed_ = {};
}

Status DueManifest::Write(store::CacheStore& cache, const std::filesystem::path& dir, const projections::CollectionState& state,
                          Micros now) {
  auto composed = composed_.valid() ? composed_.get() : ComposeManifest(cache, dir, Draft(dir, read_), FactsOf(state), now);
  return SyncManifest(cache, std::move(composed), state, now);
}

}  // namespace skilltrail
