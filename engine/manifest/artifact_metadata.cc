#include "engine/manifest/artifact_metadata.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/manifest/collection_file.h"
#include "engine/manifest/fields.h"

namespace skilltrail::manifest {
namespace {

constexpr std::string_view kMetadataKeys[] = {"title",
                                              "description",
                                              "author",
                                              "license",
                                              "version",
                                              "tags",
                                              "dependencies",
                                              "tools",
                                              "extra",
                                              "linked_artifacts",
                                              "unlinked_references"};
constexpr size_t kMetadataTexts = 5;  // the first of them are the texts that an entry carries
constexpr std::string_view kExtraKeys[] = {"tags_imported_at", "origin_source"};

const Table& ExtraOf(const Table& metadata) {
  static const Table none;
  const Table* extra = metadata.FindTable("extra");
  return extra == nullptr ? none : *extra;
}

std::optional<std::string> TextUnder(const Table& table, std::string_view key) {
  const Value* value = table.Find(key);
  return value == nullptr ? std::nullopt : ScalarText(*value);
}

Micros TagsImportedAt(const Table& metadata) {
  const Micros ours = TimeOf(ExtraOf(metadata), "tags_imported_at");
  return ours != 0 ? ours : TimeOf(metadata, "tags_imported_at");
}

void ApplyTags(Table* artifact, const std::vector<std::string>& tags) {
  // In which order they stand is the file's to say.
  std::vector<std::string> standing = AllTags(*artifact), wanted = tags;
  std::sort(standing.begin(), standing.end());
  std::sort(wanted.begin(), wanted.end());
  if (standing == wanted) return;
  if (tags.empty()) {
    artifact->Erase("tags");
  } else {
    artifact->Set("tags", Texts(tags), kArtifactKeys);
  }
  // A tag left here would come back on the next load.
  Table* metadata = artifact->FindTable("metadata");
  if (metadata != nullptr && metadata->FindArray("tags") != nullptr) metadata->Erase("tags");
}

void ApplyTexts(Table* metadata, const std::map<std::string, std::string>& texts) {
  for (const auto key : std::span(kMetadataKeys).first(kMetadataTexts)) {
    const auto wanted = texts.find(std::string(key));
    const auto standing = TextUnder(*metadata, key);
    if (wanted == texts.end()) {
      if (standing) metadata->Erase(key);
    } else if (standing != wanted->second) {
      metadata->Set(key, Text(wanted->second), kMetadataKeys);
    }
  }
}

Status ApplyExtra(Table* metadata, const ArtifactEntry& entry) {
  if (TimeOf(*metadata, "tags_imported_at") != 0) metadata->Erase("tags_imported_at");  // the peer would drop it here
  const Table& standing = ExtraOf(*metadata);
  if (TimeOf(standing, "tags_imported_at") == entry.tags_imported_at && TextOf(standing, "origin_source") == entry.origin_source) return {};
  Table* extra = metadata->MakeTable("extra", kMetadataKeys);
  if (extra == nullptr) {
    return Error{Code::kFailed, fmt::format("metadata.extra of {}:{} is not a table", entry.type, entry.name),
                 "Make it one, or remove it."};
  }
  SetTime(extra, "tags_imported_at", entry.tags_imported_at, kExtraKeys);
  SetText(extra, "origin_source", entry.origin_source, kExtraKeys);
  EraseIfEmpty(metadata, "extra");
  return {};
}

}  // namespace

std::vector<std::string> AllTags(const Table& artifact) {
  std::vector<std::string> tags;
  std::set<std::string> seen;
  const auto add = [&](const Table* table) {
    const Array* array = table == nullptr ? nullptr : table->FindArray("tags");
    if (array == nullptr) return;
    for (const Value& item : *array) {
      if (item.text() != nullptr && seen.insert(*item.text()).second) tags.push_back(*item.text());
    }
  };
  add(&artifact);
  add(artifact.FindTable("metadata"));
  return tags;
}

void ReadMetadata(const Table& artifact, ArtifactEntry* entry) {
  const Table* metadata = artifact.FindTable("metadata");
  if (metadata == nullptr) return;
  for (const auto key : std::span(kMetadataKeys).first(kMetadataTexts)) {
    if (auto text = TextUnder(*metadata, key)) entry->metadata.emplace(key, std::move(*text));
  }
  entry->tags_imported_at = TagsImportedAt(*metadata);
  entry->origin_source = TextOf(ExtraOf(*metadata), "origin_source");
}

Status ApplyMetadata(Table* artifact, const ArtifactEntry& entry) {
  const Table* standing = artifact->FindTable("metadata");
  const bool stood_empty = standing != nullptr && standing->empty();
  ApplyTags(artifact, entry.tags);
  Table* metadata = artifact->MakeTable("metadata", kArtifactKeys);
  ApplyTexts(metadata, entry.metadata);
  RETURN_IF_ERROR(ApplyExtra(metadata, entry));
  if (!stood_empty) EraseIfEmpty(artifact, "metadata");
  return {};
}

}  // namespace skilltrail::manifest
