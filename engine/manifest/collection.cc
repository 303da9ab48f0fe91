#include <fmt/format.h>

#include <future>
#include <utility>

#include "engine/manifest/collection_file.h"
#include "engine/manifest/fields.h"
#include "engine/manifest/lock_file.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/toml_file.h"
#include "engine/manifest/toml_write.h"
#include "events/name.h"

namespace skilltrail::manifest {
namespace {

// From here on both files are not parsed at once: it takes a seventh more memory than a refresh needs otherwise.
constexpr uintmax_t kLargeBytes = 2u << 20;

// What the peer, or we, would refuse to read is not written.
Status CheckWritable(const Collection& collection) {
  if (collection.name.empty()) return Error{Code::kUsage, "a collection needs a name", ""};
  for (const auto& entry : collection.artifacts) {
    RETURN_IF_ERROR(CheckName(entry.name, "artifact"));
    RETURN_IF_ERROR(CheckRelativePath(entry.path));
    if (entry.origin.empty()) return Error{Code::kUsage, fmt::format("{}:{} has no origin", entry.type, entry.name), ""};
  }
  return {};
}

}  // namespace

Result<Collection> ReadCollection(const std::filesystem::path& dir) {
  const auto manifest_file = dir / "collection.toml";
  const auto lock_file = dir / "collection.lock";
  ASSIGN_OR_RETURN(const auto manifest, ReadToml(manifest_file));
  if (!manifest) {
    return Error{Code::kNotFound, fmt::format("there is no collection.toml in {}", dir.string()),
                 "Name a directory that holds a collection."};
  }
  ASSIGN_OR_RETURN(Collection collection, ParseManifest(*manifest, manifest_file));
  ASSIGN_OR_RETURN(const auto lock, ReadToml(lock_file));
  if (lock) RETURN_IF_ERROR(ParseLock(*lock, lock_file, &collection));
  return collection;
}

Result<bool> WriteCollection(const std::filesystem::path& dir, const Collection& collection, Micros now) {
  RETURN_IF_ERROR(CheckWritable(collection));
  ASSIGN_OR_RETURN(CollectionDraft draft, CollectionDraft::Read(dir));
  RETURN_IF_ERROR(draft.Compose(collection, now));
  return draft.Save();
}

struct CollectionDraft::Rep {
  std::filesystem::path dir;
  TomlFile manifest;
  TomlFile lock;
  Collection standing;
  bool lock_changed = false, manifest_changed = false;  // by Compose
};

CollectionDraft::CollectionDraft(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
CollectionDraft::CollectionDraft(CollectionDraft&&) noexcept = default;
CollectionDraft& CollectionDraft::operator=(CollectionDraft&&) noexcept = default;
CollectionDraft::~CollectionDraft() = default;

Result<CollectionDraft> CollectionDraft::Read(const std::filesystem::path& dir) {
  auto rep = std::make_unique<Rep>();
  rep->dir = dir;
  std::error_code unknown;  // then it is not large, or not to be opened either
  const bool large = std::filesystem::file_size(dir / "collection.toml", unknown) > kLargeBytes && !unknown;
  auto lock = std::async(large ? std::launch::deferred : std::launch::async, TomlFile::Open, dir / "collection.lock");
  ASSIGN_OR_RETURN(rep->manifest, TomlFile::Open(dir / "collection.toml"));
  ASSIGN_OR_RETURN(rep->lock, lock.get());
  if (rep->manifest.exists()) {
    ASSIGN_OR_RETURN(rep->standing, ParseManifest(rep->manifest.table(), rep->manifest.path()));
  }
  RETURN_IF_ERROR(ParseLock(rep->lock.table(), rep->lock.path(), &rep->standing));
  return CollectionDraft(std::move(rep));
}

const std::filesystem::path& CollectionDraft::dir() const {
  return rep_->dir;
}

const Collection& CollectionDraft::standing() const {
  return rep_->standing;
}

bool CollectionDraft::Current() const {
  return rep_->manifest.Current() && rep_->lock.Current();
}

const Digest& CollectionDraft::manifest_digest() const {
  return rep_->manifest.digest();
}

Status CollectionDraft::Compose(const Collection& collection, Micros now) {
  RETURN_IF_ERROR(CheckWritable(collection));
  TomlFile& manifest = rep_->manifest;
  TomlFile& lock = rep_->lock;
  ASSIGN_OR_RETURN(const ManifestChange change, ApplyManifest(&manifest.table(), collection, now));
  ApplyLock(&lock.table(), collection, change, now);
  rep_->lock_changed = lock.Changed();
  rep_->manifest_changed = manifest.Changed();
  if (rep_->manifest_changed) manifest.table().FindTable("collection")->Set("updated", Text(FormatNaiveTime(now)));
  if (rep_->lock_changed) RETURN_IF_ERROR(lock.Compose());
  if (rep_->manifest_changed) RETURN_IF_ERROR(manifest.Compose());
  return {};
}

Result<bool> CollectionDraft::Save() {
  // The lock goes first: an entry without its artifact says nothing, an artifact with the entry of its predecessor says something wrong.
  if (rep_->lock_changed) RETURN_IF_ERROR(rep_->lock.Save());
  if (rep_->manifest_changed) RETURN_IF_ERROR(rep_->manifest.Save());
  return rep_->lock_changed || rep_->manifest_changed;
}

Result<CollectionFiles> ComposeCollection(const Collection& collection, Micros now) {
  RETURN_IF_ERROR(CheckWritable(collection));
  Table manifest, lock;
  ASSIGN_OR_RETURN(const ManifestChange change, ApplyManifest(&manifest, collection, now));
  manifest.FindTable("collection")->Set("updated", Text(FormatNaiveTime(now)));
  ApplyLock(&lock, collection, change, now);
  return CollectionFiles{WriteToml(manifest), WriteToml(lock)};
}

}  // namespace skilltrail::manifest
