#include "engine/refresh/stated_cache.h"

#include <string_view>
#include <utility>

#include "engine/store/keys.h"

namespace skilltrail::refresh {
namespace {

// A program that reads front matter otherwise counts up.
constexpr std::string_view kKind = "stated 1";

}  // namespace

void StatedCache::ReadFrom(const store::CacheStore& cache, const std::string& collection) {
  const auto value = cache.Get(kKind, collection);
  if (!value.ok() || !*value) return;
  store::ByteReader reader(**value);
  while (reader.ok() && !reader.AtEnd()) {
    std::string artifact(reader.Text());
    Known known;
    known.tree = reader.ReadDigest();
    const uint32_t fields = reader.U32();
    for (uint32_t i = 0; i < fields && reader.ok(); ++i) {
      std::string name(reader.Text());
      known.stated.emplace(std::move(name), reader.Text());
    }
    if (reader.ok()) known_.insert_or_assign(std::move(artifact), std::move(known));
  }
}

const Stated* StatedCache::Find(const std::string& artifact, const Digest& tree) const {
  const auto found = known_.find(artifact);
  return found == known_.end() || found->second.tree != tree ? nullptr : &found->second.stated;
}

void StatedCache::Keep(const std::string& artifact, const Digest& tree, const Stated& stated) {
  known_.insert_or_assign(artifact, Known{tree, stated});
  changed_ = true;
}

Status StatedCache::WriteTo(store::CacheStore& cache, const projections::CollectionState& state) {
  if (!changed_) return {};
  std::string value;
  for (const auto& [artifact, known] : known_) {
    if (state.Find(artifact) == nullptr) continue;
    store::AppendText(value, artifact);
    store::AppendDigest(value, known.tree);
    store::AppendU32(value, static_cast<uint32_t>(known.stated.size()));
    for (const auto& [name, text] : known.stated) {
      store::AppendText(value, name);
      store::AppendText(value, text);
    }
  }
  changed_ = false;
  return cache.Put(kKind, state.name(), value);
}

}  // namespace skilltrail::refresh
