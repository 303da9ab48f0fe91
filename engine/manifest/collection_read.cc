#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/manifest/artifact_metadata.h"
#include "engine/manifest/collection_file.h"
#include "engine/manifest/fields.h"
#include "engine/manifest/toml_parse.h"
#include "engine/manifest/toml_write.h"
#include "events/name.h"

namespace skilltrail::manifest {
namespace {

// `table` of file line `line`; `number` from 1. An entry of another type comes back without `type`.
Result<ArtifactEntry> ParseArtifact(const Table& table, const std::filesystem::path& file, size_t line, size_t number) {
  FieldReader fields(file, table, line, fmt::format("artifact {}", number));
  ArtifactEntry entry;
  entry.name = fields.Required("name");
  fields.Rename(fmt::format("artifact {} {}", number, WriteScalar(Text(entry.name))));
  const std::string word = fields.Required("type");
  RETURN_IF_ERROR(fields.status());
  const auto type = ParseType(word);
  if (!type) return entry;

  entry.type = TypeName(*type);
  fields.Expect("name", CheckName(entry.name, "artifact"));
  entry.path = fields.Required("path");
  while (entry.path.ends_with('/')) entry.path.pop_back();  // as older files of the peer's have it for directories
  if (!entry.path.empty()) fields.Expect("path", CheckRelativePath(entry.path));
  entry.origin = fields.Required("origin");
  entry.upstream = fields.Text("upstream");
  entry.version_spec = fields.Text("version_spec");
  entry.resolved_sha = fields.Text("resolved_sha");
  entry.added = fields.Time("added");
  entry.last_updated = fields.Time("last_updated");
  std::ignore = fields.Texts("tags");  // only whether they are texts: AllTags reads them
  if (const Value* metadata = table.Find("metadata"); metadata != nullptr && metadata->table() == nullptr) {
    fields.Fail("metadata", "is not a table");
  }
  RETURN_IF_ERROR(fields.status());
  entry.tags = AllTags(table);
  ReadMetadata(table, &entry);
  return entry;
}

}  // namespace

Result<Collection> ParseManifest(const Table& document, const std::filesystem::path& file) {
  const Value* head = document.Find("collection");
  if (head == nullptr || head->table() == nullptr) return Fault(file, 0, "there is no table [collection]");
  FieldReader fields(file, *head->table(), head->line, "[collection]");
  Collection collection;
  collection.name = fields.Required("name");
  collection.created = fields.Time("created");
  collection.updated = fields.Time("updated");
  RETURN_IF_ERROR(fields.status());

  // Written behind the head it belongs to it, and the file would read as a collection without artifacts.
  if (const Value* inside = head->table()->Find("artifacts"); inside != nullptr) {
    return Fault(file, inside->line, "artifacts stands in [collection]; it is an array of tables of its own, [[artifacts]]");
  }
  const Value* artifacts = document.Find("artifacts");
  if (artifacts == nullptr) return collection;
  if (artifacts->array() == nullptr) return Fault(file, artifacts->line, "artifacts is not an array of tables");
  std::map<ArtifactKey, size_t> lines;
  for (size_t i = 0; i < artifacts->array()->size(); ++i) {
    const Value& item = (*artifacts->array())[i];
    if (item.table() == nullptr) return Fault(file, item.line, fmt::format("artifact {} is not a table", i + 1));
    ASSIGN_OR_RETURN(ArtifactEntry entry, ParseArtifact(*item.table(), file, item.line, i + 1));
    if (entry.type.empty()) {
      collection.others.push_back(TextOf(*item.table(), "type") + ":" + entry.name);
      continue;
    }
    const auto [first, is_new] = lines.emplace(KeyOf(entry), item.line);
    if (!is_new)
      return Fault(file, item.line, fmt::format("{}:{} stands here a second time, after line {}", entry.type, entry.name, first->second));
    collection.artifacts.push_back(std::move(entry));
  }
  return collection;
}

ArtifactKey KeyOf(const ArtifactEntry& entry) {
  return {entry.name, entry.type};
}

}  // namespace skilltrail::manifest
