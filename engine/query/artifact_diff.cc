#include "engine/query/artifact_diff.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/session/writing.h"
#include "engine/text/unified_diff.h"

namespace skilltrail::query {
namespace {

using projections::ArtifactState;
using Fields = std::map<std::string, DiffValue>;

void AddText(Fields& fields, const char* name, const std::string& text) {
  if (!text.empty()) fields[name] = {true, text, {}};
}

Fields FieldsOf(const ArtifactState* artifact) {
  Fields fields;
  if (artifact == nullptr) return fields;
  for (const auto& field : artifact->metadata) AddText(fields, field->name.c_str(), field->value);
  AddText(fields, "path", artifact->path);
  AddText(fields, "origin", artifact->origin);
  AddText(fields, "source", artifact->source);
  AddText(fields, "origin_source", artifact->origin_source);
  AddText(fields, "version_spec", artifact->version_spec);
  AddText(fields, "resolved_sha", artifact->resolved_sha);
  fields["tags"] = {true, {}, projections::EffectiveTags(*artifact)};
  return fields;
}

Fields TagSetsOf(const ArtifactState* artifact) {
  Fields sets;
  if (artifact == nullptr) return sets;
  for (const auto& [name, tags] :
       {std::pair("imported_tags", &artifact->imported_tags), std::pair("hidden_tags", &artifact->hidden_tags),
        std::pair("user_tags", &artifact->user_tags), std::pair("front_matter_tags", &artifact->front_matter_tags)}) {
    sets[name] = {true, {}, *tags};
  }
  return sets;
}

std::vector<FieldDiff> Differences(const Fields& before, const Fields& after) {
  std::set<std::string> names;
  for (const auto* fields : {&before, &after}) {
    for (const auto& [name, value] : *fields) names.insert(name);
  }
  std::vector<FieldDiff> differences;
  for (const auto& name : names) {
    const auto was = before.find(name), is = after.find(name);
    FieldDiff field{name, was == before.end() ? DiffValue{} : was->second, is == after.end() ? DiffValue{} : is->second};
    // An artifact that comes or goes has no tags either way.
    const bool no_tags = (!field.before.present && field.after.list && field.after.list->empty()) ||
                         (!field.after.present && field.before.list && field.before.list->empty());
    if (!no_tags && !(field.before == field.after)) differences.push_back(std::move(field));
  }
  return differences;
}

// The path of a file below the collection, for the header of a unified diff.
std::string ShownPath(const ArtifactState& artifact, const std::string& file) {
  return IsFilePath(artifact.id, artifact.path) ? artifact.path : artifact.path + "/" + file;
}

void Describe(FileDiff& file, const std::string& shown, std::optional<std::string_view> before, std::optional<std::string_view> after,
              DiffWants wants) {
  text::UnifiedDiff diff = text::DiffText(shown, before, after);
  file.lines_added = diff.added;
  file.lines_removed = diff.removed;
  if (wants.content) file.unified = std::move(diff.text);
}

}  // namespace

std::vector<FieldDiff> CompareFields(const ArtifactState* before, const ArtifactState* after) {
  auto fields = Differences(FieldsOf(before), FieldsOf(after));
  if (std::any_of(fields.begin(), fields.end(), [](const FieldDiff& field) { return field.field == "tags"; })) return fields;
  if (before == nullptr || after == nullptr) return fields;
  // The same tags, of another provenance.
  for (auto& set : Differences(TagSetsOf(before), TagSetsOf(after))) fields.push_back(std::move(set));
  std::sort(fields.begin(), fields.end(), [](const FieldDiff& a, const FieldDiff& b) { return a.field < b.field; });
  return fields;
}

DiffSide BlobSide(const Reading& reading, const projections::CollectionState& state) {
  return {[&state](const std::string& id) { return state.Find(id); },
          [&reading](const ArtifactState& artifact) {
            return collection::LoadTree(DigestFromBytes(artifact.tree.data(), artifact.tree.size()), reading.blobs());
          },
          [&reading](const ArtifactState&, const collection::TreeEntry& entry) { return reading.blobs().Get(entry.digest); }};
}

Result<std::optional<ArtifactDiff>> DiffArtifact(const std::string& id, const DiffSide& before, const DiffSide& after, DiffWants wants) {
  const ArtifactState* was = before.find(id);
  const ArtifactState* is = after.find(id);
  if (was == nullptr && is == nullptr) return std::optional<ArtifactDiff>();
  ArtifactDiff diff{id, was == nullptr ? "added" : is == nullptr ? "removed" : "changed", {}, CompareFields(was, is), {}};
  if (was == nullptr || is == nullptr || was->tree != is->tree) {
    collection::Tree old_tree, new_tree;
    if (was != nullptr) {
      ASSIGN_OR_RETURN(old_tree, before.tree(*was));
    }
    if (is != nullptr) {
      ASSIGN_OR_RETURN(new_tree, after.tree(*is));
    }
    for (const auto& change : collection::CompareTrees(old_tree, new_tree)) {
      FileDiff file{change.path, change.kind, 0, 0, {}};
      if (wants.count || wants.content) {
        std::optional<std::string> old_bytes, new_bytes;
        if (const auto* entry = old_tree.Find(change.path)) {
          ASSIGN_OR_RETURN(old_bytes, before.bytes(*was, *entry));
        }
        if (const auto* entry = new_tree.Find(change.path)) {
          ASSIGN_OR_RETURN(new_bytes, after.bytes(*is, *entry));
        }
        Describe(file, ShownPath(is != nullptr ? *is : *was, change.path), old_bytes, new_bytes, wants);
      }
      diff.files.push_back(std::move(file));
    }
  }
  const bool same = diff.change == "changed" && diff.fields.empty() && diff.files.empty();
  return same ? std::optional<ArtifactDiff>() : std::optional(std::move(diff));
}

std::vector<FileDiff> DiffContents(const std::function<std::string(const std::string& path)>& shown, const collection::Content* before,
                                   const collection::Content* after, DiffWants wants) {
  std::map<std::string, std::pair<const collection::File*, const collection::File*>> files;
  if (before != nullptr) {
    for (const auto& file : before->files) files[file.path].first = &file;
  }
  if (after != nullptr) {
    for (const auto& file : after->files) files[file.path].second = &file;
  }
  std::vector<FileDiff> differences;
  for (const auto& [path, sides] : files) {
    const auto [was, is] = sides;
    if (was != nullptr && is != nullptr && was->bytes == is->bytes && was->executable == is->executable) continue;
    FileDiff file{path, collection::FileChange::Kind::kModified, 0, 0, {}};
    if (was == nullptr) file.kind = collection::FileChange::Kind::kAdded;
    if (is == nullptr) file.kind = collection::FileChange::Kind::kRemoved;
    if (wants.count || wants.content) {
      Describe(file, shown(path), was == nullptr ? std::nullopt : std::optional<std::string_view>(was->bytes),
               is == nullptr ? std::nullopt : std::optional<std::string_view>(is->bytes), wants);
    }
    differences.push_back(std::move(file));
  }
  std::sort(differences.begin(), differences.end(),
            [](const FileDiff& a, const FileDiff& b) { return collection::PathLess(a.path, b.path); });
  return differences;
}

}  // namespace skilltrail::query
