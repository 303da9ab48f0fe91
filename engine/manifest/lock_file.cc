#include "engine/manifest/lock_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/manifest/fields.h"
#include "engine/manifest/toml_parse.h"
#include "engine/manifest/toml_write.h"

namespace skilltrail::manifest {
namespace {

constexpr std::string_view kEntryKeys[] = {"content_hash", "fetched", "upstream", "resolved_sha", "resolved_version"};

// Of "name::type", parted at the first "::" as the peer does; nothing for a type that is none of ours.
std::optional<ArtifactKey> ParseKey(std::string_view text) {
  const size_t colons = text.find("::");
  if (colons == std::string_view::npos) return std::nullopt;
  const auto type = ParseType(text.substr(colons + 2));
  if (!type) return std::nullopt;
  return ArtifactKey(text.substr(0, colons), TypeName(*type));
}

Status ParseEntry(const Entry& entry, const std::filesystem::path& file, ArtifactEntry* artifact) {
  FieldReader fields(file, *entry.value.table(), entry.value.line, WriteScalar(Text(entry.key)));
  artifact->content_hash = fields.Required("content_hash");
  artifact->fetched = fields.Time("fetched");
  return fields.status();
}

// `table` is empty for a new entry.
void ApplyEntry(Table* table, const ArtifactEntry& artifact, const SourceNote& source, Micros now) {
  const bool changes = TextOf(*table, "content_hash") != artifact.content_hash || TimeOf(*table, "fetched") != artifact.fetched;
  SetText(table, "content_hash", artifact.content_hash, kEntryKeys);
  if (artifact.fetched != 0) {
    SetTime(table, "fetched", artifact.fetched, kEntryKeys);
  } else if (table->Find("fetched") == nullptr) {
    SetTime(table, "fetched", now, kEntryKeys);
  }
  if (!changes && !source.moved) return;
  SetText(table, "upstream", artifact.upstream, kEntryKeys);
  SetText(table, "resolved_sha", artifact.resolved_sha, kEntryKeys);
  SetText(table, "resolved_version", source.resolved_version, kEntryKeys);
}

}  // namespace

Status ParseLock(const Table& document, const std::filesystem::path& file, Collection* collection) {
  const Value* lock = document.Find("lock");
  if (lock == nullptr) return {};
  if (lock->table() == nullptr) return Fault(file, lock->line, "lock is not a table");
  const Value* entries = lock->table()->Find("entries");
  if (entries == nullptr) return {};
  if (entries->table() == nullptr) return Fault(file, entries->line, "lock.entries is not a table");
  std::map<ArtifactKey, ArtifactEntry*> artifacts;
  for (auto& artifact : collection->artifacts) artifacts.emplace(KeyOf(artifact), &artifact);
  for (const auto& entry : entries->table()->entries()) {
    if (entry.value.table() == nullptr) return Fault(file, entry.value.line, WriteScalar(Text(entry.key)) + " is not a table");
    const auto key = ParseKey(entry.key);
    const auto found = key ? artifacts.find(*key) : artifacts.end();
    if (found != artifacts.end()) RETURN_IF_ERROR(ParseEntry(entry, file, found->second));
  }
  return {};
}

void ApplyLock(Table* document, const Collection& collection, const ManifestChange& change, Micros now) {
  std::map<ArtifactKey, const ArtifactEntry*> wanted;
  for (const auto& artifact : collection.artifacts) {
    if (!artifact.content_hash.empty()) wanted.emplace(KeyOf(artifact), &artifact);
  }
  if (document->empty()) {
    if (wanted.empty()) return;
    document->MakeTable("lock")->Append("version", Text("1.0.0"));
  }
  Table& entries = *document->MakeTable("lock")->MakeTable("entries");
  std::set<ArtifactKey> unlocked(change.dropped.begin(), change.dropped.end());
  for (const auto& artifact : collection.artifacts) {
    if (artifact.content_hash.empty()) unlocked.insert(KeyOf(artifact));
  }
  std::erase_if(entries.entries(), [&](const Entry& entry) {
    const auto key = ParseKey(entry.key);
    return key && unlocked.contains(*key);
  });
  for (auto& entry : entries.entries()) {
    const auto key = ParseKey(entry.key);
    const auto found = key ? wanted.find(*key) : wanted.end();
    if (found == wanted.end()) continue;
    ApplyEntry(entry.value.table(), *found->second, change.sources.at(*key), now);
    wanted.erase(found);
  }
  for (const auto& artifact : collection.artifacts) {
    if (!wanted.contains(KeyOf(artifact))) continue;
    Table table;
    ApplyEntry(&table, artifact, change.sources.at(KeyOf(artifact)), now);
    entries.Append(artifact.name + "::" + FileTypeName(*ParseType(artifact.type)), Value{std::move(table)});
  }
}

}  // namespace skilltrail::manifest
