#include <utility>

#include "engine/manifest/artifact_metadata.h"
#include "engine/manifest/collection_file.h"
#include "engine/manifest/fields.h"
#include "events/check.h"
#include "events/source.h"

namespace skilltrail::manifest {
namespace {

constexpr std::string_view kCollectionKeys[] = {"name", "version", "created", "updated"};
constexpr std::string_view kDocumentKeys[] = {"collection", "artifacts"};

// The peer's rule: only a version asked for by number or tag has a resolved one.
std::string ResolvedVersion(const ArtifactEntry& entry) {
  const bool is_version = entry.version_spec.starts_with('v') || entry.version_spec.find('.') != std::string::npos;
  return is_version && !entry.resolved_sha.empty() ? entry.version_spec : "";
}

// The file's own words where they say the same, and where they name a place that is none of GitHub's, of which the entry knows nothing.
std::string UpstreamFor(const Table& table, const ArtifactEntry& entry) {
  const std::string standing = TextOf(table, "upstream");
  if (standing.empty()) return entry.upstream;
  const auto said = ParseSource(standing);
  if (entry.upstream.empty()) return said.ok() ? std::string() : standing;
  const auto wanted = ParseSource(entry.upstream);
  const bool same = said.ok() && wanted.ok() && said->repository() == wanted->repository() && said->path == wanted->path;
  return same && TextOf(table, "resolved_sha") == entry.resolved_sha ? standing : entry.upstream;
}

Result<SourceNote> ApplyArtifact(Table* table, const ArtifactEntry& entry, Micros now) {
  SourceNote note;
  if (table->empty()) {
    note.moved = true;
    table->Append("name", Text(entry.name));
    table->Append("type", Text(FileTypeName(*ParseType(entry.type))));
  }
  const bool other_version = TextOf(*table, "version_spec") != entry.version_spec;
  const std::string upstream = UpstreamFor(*table, entry);
  note.moved =
      note.moved || other_version || TextOf(*table, "upstream") != upstream || TextOf(*table, "resolved_sha") != entry.resolved_sha;
  SetText(table, "path", entry.path, kArtifactKeys);
  SetText(table, "origin", entry.origin, kArtifactKeys);
  if (entry.added != 0 || table->Find("added") == nullptr) SetTime(table, "added", entry.added != 0 ? entry.added : now, kArtifactKeys);
  SetText(table, "upstream", upstream, kArtifactKeys);
  SetText(table, "version_spec", entry.version_spec, kArtifactKeys);
  SetText(table, "resolved_sha", entry.resolved_sha, kArtifactKeys);
  if (other_version) SetText(table, "resolved_version", ResolvedVersion(entry), kArtifactKeys);
  SetTime(table, "last_updated", entry.last_updated, kArtifactKeys);
  note.resolved_version = TextOf(*table, "resolved_version");
  RETURN_IF_ERROR(ApplyMetadata(table, entry));
  return note;
}

void ApplyHead(Table* document, const Collection& collection, Micros now) {
  const bool is_new = document->Find("collection") == nullptr;
  Table* head = document->MakeTable("collection", kDocumentKeys);
  SetText(head, "name", collection.name, kCollectionKeys);
  if (!is_new && collection.created == 0) return;
  if (is_new) head->Set("version", Text("1.0.0"), kCollectionKeys);
  SetTime(head, "created", collection.created != 0 ? collection.created : now, kCollectionKeys);
}

}  // namespace

Result<ManifestChange> ApplyManifest(Table* document, const Collection& collection, Micros now) {
  ApplyHead(document, collection, now);
  std::map<ArtifactKey, const ArtifactEntry*> wanted;
  for (const auto& entry : collection.artifacts) {
    CHECK(ParseType(entry.type).has_value());
    CHECK(wanted.emplace(KeyOf(entry), &entry).second);
  }

  ManifestChange change;
  Array next;
  if (Value* standing = document->Find("artifacts")) {
    for (Value& item : std::get<Array>(standing->held)) {
      Table& table = *item.table();
      const auto type = TypeOf(table, "type");
      if (type) {
        const ArtifactKey key(TextOf(table, "name"), TypeName(*type));
        const auto found = wanted.find(key);
        if (found == wanted.end()) {
          change.dropped.push_back(key);
          continue;
        }
        ASSIGN_OR_RETURN(change.sources[key], ApplyArtifact(&table, *found->second, now));
      }
      next.push_back(std::move(item));
    }
  }
  for (const auto& entry : collection.artifacts) {
    if (change.sources.contains(KeyOf(entry))) continue;
    Table table;
    ASSIGN_OR_RETURN(change.sources[KeyOf(entry)], ApplyArtifact(&table, entry, now));
    next.push_back(Value{std::move(table)});
  }
  if (!next.empty()) {
    document->Set("artifacts", Value{std::move(next)}, kDocumentKeys);
  } else if (!change.dropped.empty()) {
    document->Erase("artifacts");
  }
  return change;
}

}  // namespace skilltrail::manifest
