#include "engine/session/manifest_sync.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "engine/manifest/atomic_file.h"
#include "engine/manifest/manifest.h"
#include "events/source.h"
#include "events/time.h"

namespace skilltrail {
namespace {

constexpr std::string_view kCacheKind = "manifest";
constexpr std::string_view kEditable[] = {"author", "description", "license", "title", "version"};

using Entries = std::map<std::string, manifest::ArtifactEntry>;  // by id

std::string IdOf(const manifest::ArtifactEntry& entry) {
  return entry.type + ":" + entry.name;
}

Entries ById(manifest::Collection collection) {
  Entries entries;
  for (auto& entry : collection.artifacts) {
    std::string id = IdOf(entry);
    entries.emplace(std::move(id), std::move(entry));
  }
  return entries;
}

// What was last written is remembered as the file's digest, a newline, and this: of each artifact what a person might edit there.
std::string Remember(const std::vector<manifest::ArtifactEntry>& artifacts, const std::set<std::string>& strangers) {
  const auto dump = [](const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); };
  std::string memory = "{";
  for (const auto& entry : artifacts) {
    if (strangers.contains(IdOf(entry))) continue;
    memory.append(dump(IdOf(entry))).append(R"(:{"tags":)").append(dump(entry.tags));
    memory.append(R"(,"metadata":)").append(dump(entry.metadata)).append("},");
  }
  if (memory.ends_with(',')) memory.pop_back();
  return memory + "}";
}

// The digest alone is wanted by every command, and mostly says that there is nothing more to ask. Empty if there is no memory.
std::string_view DigestIn(const std::optional<std::string>& memory) {
  return memory ? std::string_view(*memory).substr(0, memory->find('\n')) : std::string_view();
}

// A memory of another shape is none.
std::optional<Entries> Recall(const std::optional<std::string>& bytes) {
  if (!bytes) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(std::string_view(*bytes).substr(DigestIn(bytes).size()));
    Entries memory;
    for (const auto& [id, one] : json.items()) {
      manifest::ArtifactEntry entry;
      entry.tags = one.at("tags").get<std::vector<std::string>>();
      entry.metadata = one.at("metadata").get<std::map<std::string, std::string>>();
      memory.emplace(id, std::move(entry));
    }
    return memory;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// Empty if there is no such file, or none that can be read.
std::string DigestOfFile(const std::filesystem::path& file) {
  const auto bytes = manifest::ReadWhole(file);
  return bytes.ok() && *bytes ? Sha256(std::string_view(**bytes)).hex() : std::string();
}

std::string UpstreamUrl(const projections::ArtifactState& artifact) {
  auto source = ParseSource(artifact.source);
  if (artifact.source.empty() || !source.ok()) return {};
  std::string url = "https://github.com/" + source->repository();
  // A path can only be said behind a ref.
  std::string ref = artifact.resolved_sha;
  if (ref.empty() && !source->path.empty()) ref = source->ref.empty() ? "HEAD" : source->ref;
  if (!ref.empty()) url += "/tree/" + ref + (source->path.empty() ? "" : "/" + source->path);
  return url;
}

manifest::ArtifactEntry EntryOf(const projections::ArtifactState& artifact) {
  manifest::ArtifactEntry entry;
  const size_t colon = artifact.id.find(':');
  entry.type = artifact.id.substr(0, colon);
  entry.name = artifact.id.substr(colon + 1);
  entry.path = artifact.path;
  entry.origin = artifact.origin;
  entry.upstream = UpstreamUrl(artifact);
  entry.version_spec = artifact.version_spec;
  entry.resolved_sha = artifact.resolved_sha;
  entry.tags = projections::EffectiveTags(artifact);
  for (std::string_view field : kEditable) {
    std::string_view value = projections::MetadataOf(artifact, field);
    if (!value.empty()) entry.metadata.emplace(field, value);
  }
  entry.origin_source = artifact.origin_source;
  entry.added = artifact.added_at;
  entry.last_updated = artifact.updated_at == artifact.added_at ? 0 : artifact.updated_at;
  entry.tags_imported_at = artifact.tags_imported_at;
  entry.content_hash = artifact.content_hash;
  entry.fetched = artifact.updated_at;
  return entry;
}

// The file's own order stays; new artifacts follow in the order in which they were added.
void PutInFileOrder(std::vector<ManifestFacts::Artifact>& artifacts, const manifest::Collection& standing) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < standing.artifacts.size(); ++i) places.emplace(IdOf(standing.artifacts[i]), i);
  using Place = std::pair<size_t, Seq>;
  std::vector<std::pair<Place, size_t>> order;
  order.reserve(artifacts.size());
  for (size_t i = 0; i < artifacts.size(); ++i) {
    const auto found = places.find(IdOf(artifacts[i].entry));
    order.emplace_back(found == places.end() ? Place(places.size(), artifacts[i].added_seq) : Place(found->second, 0), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<ManifestFacts::Artifact> ordered;
  ordered.reserve(artifacts.size());
  for (const auto& [place, i] : order) ordered.push_back(std::move(artifacts[i]));
  artifacts = std::move(ordered);
}

// What a person meant by changing the list of effective tags: additions become user tags, a removal hides an imported tag.
void EditTags(Writing& writing, const std::string& collection, const projections::ArtifactState& artifact,
              const std::set<std::string>& added, const std::set<std::string>& removed) {
  std::set<std::string> user(artifact.user_tags.begin(), artifact.user_tags.end());
  std::set<std::string> hidden(artifact.hidden_tags.begin(), artifact.hidden_tags.end());
  std::set<std::string> adopted(artifact.adopted_tags.begin(), artifact.adopted_tags.end());
  const std::set<std::string> imported(artifact.imported_tags.begin(), artifact.imported_tags.end());
  for (const auto& tag : added) {
    if (imported.contains(tag)) {
      hidden.erase(tag);
    } else {
      user.insert(tag);
    }
  }
  for (const auto& tag : removed) {
    user.erase(tag);
    adopted.erase(tag);
    if (imported.contains(tag)) hidden.insert(tag);
  }
  projections::ArtifactState next = artifact;
  next.user_tags.assign(user.begin(), user.end());
  next.hidden_tags.assign(hidden.begin(), hidden.end());
  next.adopted_tags.assign(adopted.begin(), adopted.end());
  schema::TagsEditedT edit = projections::TagsEdit(schema::ChangeCause::local_edit, artifact, next);
  if (edit.added.empty() && edit.removed.empty()) return;
  writing.Add({collection, artifact.id, {}, std::move(edit)});
}

void CaptureEntry(Writing& writing, const std::string& collection, const projections::ArtifactState& artifact,
                  const manifest::ArtifactEntry& base, const manifest::ArtifactEntry& now) {
  schema::MetadataEditedT edit;
  edit.cause = schema::ChangeCause::local_edit;
  auto value = [](const manifest::ArtifactEntry& entry, std::string_view field) {
    auto found = entry.metadata.find(std::string(field));
    return found == entry.metadata.end() ? std::string() : found->second;
  };
  for (std::string_view field : kEditable) {
    const std::string is = value(now, field);
    const std::string_view known = projections::MetadataOf(artifact, field);
    if (is == value(base, field) || is == known) continue;
    schema::FieldChangeT change;
    change.field = field;
    change.before = known;
    change.after = is;
    edit.changes.push_back(std::make_unique<schema::FieldChangeT>(std::move(change)));
  }
  if (!edit.changes.empty()) writing.Add({collection, artifact.id, {}, std::move(edit)});

  std::vector<std::string> said = now.tags;
  std::sort(said.begin(), said.end());
  if (said == projections::EffectiveTags(artifact)) return;  // the file was written, and a killed command did not come to remember it
  const std::set<std::string> then(base.tags.begin(), base.tags.end()), tags(now.tags.begin(), now.tags.end());
  std::set<std::string> added, removed;
  std::set_difference(tags.begin(), tags.end(), then.begin(), then.end(), std::inserter(added, added.end()));
  std::set_difference(then.begin(), then.end(), tags.begin(), tags.end(), std::inserter(removed, removed.end()));
  if (!added.empty() || !removed.empty()) EditTags(writing, collection, artifact, added, removed);
}

// Takes in the entries that were never written from here and whose files are not there; their ids.
Result<std::set<std::string>> TakeStrangers(const store::CacheStore& cache, const std::filesystem::path& dir,
                                            const manifest::Collection& standing, ManifestFacts& facts) {
  std::set<std::string> known;
  for (const auto& artifact : facts.artifacts) known.insert(IdOf(artifact.entry));
  std::vector<const manifest::ArtifactEntry*> others;
  for (const auto& entry : standing.artifacts) {
    if (known.contains(IdOf(entry))) continue;
    std::error_code failed;
    const auto status = std::filesystem::symlink_status(dir / entry.path, failed);
    if (status.type() == std::filesystem::file_type::not_found) others.push_back(&entry);
  }
  std::set<std::string> strangers;
  if (others.empty()) return strangers;
  ASSIGN_OR_RETURN(const auto remembered, cache.Get(kCacheKind, facts.name));
  const Entries ours = Recall(remembered).value_or(Entries());
  for (const auto* entry : others) {
    if (ours.contains(IdOf(*entry))) continue;
    strangers.insert(IdOf(*entry));
    facts.artifacts.push_back({0, *entry});
  }
  return strangers;
}

// What the files are to say, of what they say.
manifest::Collection Wanted(ManifestFacts facts, const manifest::Collection& known) {
  std::map<std::string, std::pair<std::string, Micros>> fetched;  // content hash and when it came, as the lock has it
  for (const auto& entry : known.artifacts) fetched[IdOf(entry)] = {entry.content_hash, entry.fetched};
  manifest::Collection wanted;
  wanted.name = known.name.empty() ? facts.name : known.name;
  wanted.created = known.created != 0 ? known.created : facts.created;
  wanted.updated = known.updated;
  PutInFileOrder(facts.artifacts, known);
  wanted.artifacts.reserve(facts.artifacts.size());
  for (auto& artifact : facts.artifacts) {
    const auto before = fetched.find(IdOf(artifact.entry));
    if (before != fetched.end() && before->second.first == artifact.entry.content_hash && before->second.second != 0) {
      artifact.entry.fetched = before->second.second;
    }
    wanted.artifacts.push_back(std::move(artifact.entry));
  }
  return wanted;
}

}  // namespace

ManifestFacts FactsOf(const projections::CollectionState& state) {
  ManifestFacts facts;
  facts.name = state.name();
  facts.created = state.created_at();
  facts.artifacts.reserve(state.size());
  for (const auto* artifact : state.artifacts()) facts.artifacts.push_back({artifact->added_seq, EntryOf(*artifact)});
  return facts;
}

Result<ComposedManifest> ComposeManifest(const store::CacheStore& cache, const std::filesystem::path& dir,
                                         Result<manifest::CollectionDraft> draft, ManifestFacts facts, Micros now) {
  if (!draft.ok() || draft->dir() != dir) draft = manifest::CollectionDraft::Read(dir);
  if (!draft.ok()) return draft.error();
  ASSIGN_OR_RETURN(const auto strangers, TakeStrangers(cache, dir, draft->standing(), facts));
  const manifest::Collection wanted = Wanted(std::move(facts), draft->standing());
  RETURN_IF_ERROR(draft->Compose(wanted, now));
  return ComposedManifest{std::move(*draft), Remember(wanted.artifacts, strangers)};
}

Status SyncManifest(store::CacheStore& cache, Result<ComposedManifest> composed, const projections::CollectionState& state, Micros now) {
  if (composed.ok() && !composed->draft.Current()) {
    const std::filesystem::path dir = composed->draft.dir();
    composed = ComposeManifest(cache, dir, manifest::CollectionDraft::Read(dir), FactsOf(state), now);
  }
  if (!composed.ok()) return composed.error();
  if (auto written = composed->draft.Save(); !written.ok()) return written.error();
  return cache.Put(kCacheKind, state.name(), composed->draft.manifest_digest().hex() + "\n" + composed->memory);
}

manifest::Collection ManifestOf(const projections::CollectionState& state) {
  return Wanted(FactsOf(state), {});
}

Result<bool> ManifestStands(const store::CacheStore& cache, const std::filesystem::path& dir, const std::string& collection) {
  auto remembered = cache.Get(kCacheKind, collection);
  if (!remembered.ok()) return remembered.error();
  return *remembered && DigestIn(*remembered) == DigestOfFile(dir / "collection.toml");
}

Status CaptureManifestEdits(Writing& writing, const std::string& collection) {
  auto state = writing.Collection(collection);
  if (!state.ok()) return state.error();
  const auto dir = writing.reading().DirectoryOf(**state);
  auto remembered = writing.reading().store().cache->Get(kCacheKind, collection);
  if (!remembered.ok()) return remembered.error();
  writing.ManifestTakenIn(collection);
  if (*remembered && DigestIn(*remembered) == DigestOfFile(dir / "collection.toml")) return {};
  const auto memory = Recall(*remembered);
  auto now = manifest::ReadCollection(dir);
  if (!now.ok()) return now.error().code == Code::kNotFound ? Status() : Status(now.error());
  const Micros updated = now->updated;
  Entries before = memory.value_or(Entries());
  if (!memory) {
    // The memory is a cache and may be gone. Then a file newer than the artifact's last change was edited; an older one is merely behind.
    for (const auto* artifact : (*state)->artifacts()) {
      if (updated > artifact->updated_at) before.emplace(artifact->id, EntryOf(*artifact));
    }
  }
  for (const auto& [id, entry] : ById(std::move(*now))) {
    const projections::ArtifactState* artifact = (*state)->Find(id);
    auto then = before.find(id);
    if (artifact == nullptr || then == before.end()) continue;
    const projections::ArtifactState held = *artifact;  // Add changes the state under the pointer
    CaptureEntry(writing, collection, held, then->second, entry);
  }
  return {};
}

}  // namespace skilltrail
