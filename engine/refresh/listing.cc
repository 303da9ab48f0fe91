#include "engine/refresh/listing.h"

#include <utility>

#include "engine/collection/artifact_kind.h"

namespace skilltrail::refresh {
namespace {

constexpr std::string_view kDirectory = "040000";
constexpr std::string_view kSubmodule = "160000";

std::string_view Parent(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

Listing::Listing(checkout::Listing whole) : whole_(std::move(whole)) {
  by_path_.reserve(whole_.tree.entries.size());
  for (size_t i = 0; i < whole_.tree.entries.size(); ++i) by_path_.emplace(whole_.tree.entries[i].path, i);
}

const upstream::RemoteEntry* Listing::EntryAt(std::string_view path) const {
  auto found = by_path_.find(std::string(path));
  return found == by_path_.end() ? nullptr : &whole_.tree.entries[found->second];
}

std::optional<Listing::Missing> Listing::MissingFor(std::string_view path) const {
  if (!whole_.tree.truncated) return std::nullopt;
  // A listed subtree is whole, all the way down.
  for (std::string_view at = path; !at.empty(); at = Parent(at)) {
    if (listed_.contains(at)) return std::nullopt;
  }
  for (std::string_view at = path; !at.empty(); at = Parent(at)) {
    const upstream::RemoteEntry* entry = EntryAt(at);
    if (entry == nullptr) continue;
    if (entry->mode != kDirectory) return std::nullopt;
    return Missing{std::string(at), entry->sha};
  }
  return Missing{};
}

void Listing::Add(const std::string& path, const upstream::RemoteTree& tree) {
  for (upstream::RemoteEntry entry : tree.entries) {
    entry.path = path + "/" + entry.path;
    if (by_path_.emplace(entry.path, whole_.tree.entries.size()).second) whole_.tree.entries.push_back(std::move(entry));
  }
  // A listing that was cut again is not whole: what is missing in it has to be asked for further down.
  if (!tree.truncated) listed_.insert(path);
}

std::optional<checkout::Place> Listing::Find(std::string_view path) const {
  if (path.empty()) return checkout::Place{whole_.tree.sha, false};
  const upstream::RemoteEntry* entry = EntryAt(path);
  if (entry == nullptr || entry->mode == kSubmodule || entry->mode == "120000") return std::nullopt;
  return checkout::Place{entry->sha, entry->mode != kDirectory};
}

const upstream::RemoteEntry* Listing::MetadataFile(ArtifactType type, std::string_view path) const {
  const upstream::RemoteEntry* at = EntryAt(path);
  if (at != nullptr && at->mode != kDirectory) return at;
  const std::string prefix = path.empty() ? std::string() : std::string(path) + "/";
  std::vector<std::string> files;
  for (const auto& entry : whole_.tree.entries) {
    if (entry.mode != kDirectory && entry.mode != kSubmodule && entry.path.starts_with(prefix))
      files.push_back(entry.path.substr(prefix.size()));
  }
  const std::string file = collection::MetadataFile(type, files);
  return file.empty() ? nullptr : EntryAt(prefix + file);
}

}  // namespace skilltrail::refresh
