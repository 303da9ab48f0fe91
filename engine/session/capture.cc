#include "engine/session/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/session/manifest_sync.h"

namespace skilltrail {
namespace {

ArtifactType TypeOf(const std::string& id) {
  auto parsed = ParseArtifactId(id);
  return parsed.ok() ? parsed->type : ArtifactType::kSkill;
}

Result<collection::Tree> TreeOf(Writing& writing, const projections::ArtifactState& artifact) {
  return collection::LoadTree(DigestFromBytes(artifact.tree.data(), artifact.tree.size()), writing.blobs());
}

// Adds what follows from content that is not what the log has. `change` is filled if it is one.
Status CaptureContent(Writing& writing, const std::string& collection, const projections::ArtifactState& artifact,
                      const collection::Content& content, std::vector<CapturedChange>& changes) {
  const collection::Version now = collection::Describe(content);
  const Digest before = DigestFromBytes(artifact.tree.data(), artifact.tree.size());
  if (now.tree_digest == before) return {};
  auto tree = TreeOf(writing, artifact);
  if (!tree.ok()) return tree.error();
  if (auto kept = writing.Keep(content); !kept.ok()) return kept.error();
  schema::ContentChangedT event;
  event.cause = schema::ChangeCause::local_edit;
  event.tree_before = artifact.tree;
  event.tree_after = now.tree_digest.vector();
  event.content_hash_before = artifact.content_hash;
  event.content_hash_after = now.content_hash;
  event.git_tree = now.git_tree;
  writing.Add({collection, artifact.id, {}, std::move(event)});
  AddStatedMetadata(writing, collection, artifact, content);
  changes.push_back({artifact.id, "changed", collection::CompareTrees(*tree, now.tree)});
  return {};
}

Status CaptureKnown(Writing& writing, const std::string& collection, const std::filesystem::path& dir,
                    const projections::ArtifactState& artifact, std::vector<CapturedChange>& changes) {
  auto content = collection::ReadArtifact(dir, artifact.path);
  if (content.ok()) return CaptureContent(writing, collection, artifact, *content, changes);
  if (content.error().code != Code::kNotFound) return content.error();
  schema::ArtifactRemovedT event;
  event.cause = schema::ChangeCause::local_edit;
  event.tree = artifact.tree;
  writing.Add({collection, artifact.id, {}, std::move(event)});
  changes.push_back({artifact.id, "removed", {}});
  return {};
}

Status CaptureNew(Writing& writing, const std::string& collection, const std::filesystem::path& dir, const collection::FoundOnDisk& found,
                  std::vector<CapturedChange>& changes) {
  auto content = collection::ReadContent(dir / found.path);
  if (!content.ok()) return content.error();
  auto version = writing.Keep(*content);
  if (!version.ok()) return version.error();
  schema::ArtifactAddedT event;
  event.cause = schema::ChangeCause::local_edit;
  event.record = std::make_unique<schema::ArtifactRecordT>(MakeRecord(found.id, found.path, *content, *version));
  const projections::ArtifactState artifact = *event.record;
  writing.Add({collection, artifact.id, {}, std::move(event)});
  AddStatedMetadata(writing, collection, artifact, *content);
  CapturedChange change{artifact.id, "added", {}};
  for (const auto& file : content->files) change.files.push_back({file.path, collection::FileChange::Kind::kAdded});
  changes.push_back(std::move(change));
  return {};
}

}  // namespace

projections::ArtifactState MakeRecord(const ArtifactId& id, const std::string& path, const collection::Content& content,
                                      const collection::Version& version) {
  projections::ArtifactState record;
  record.id = id.text();
  record.path = path;
  record.origin = "local";
  record.content_hash = version.content_hash;
  record.tree = version.tree_digest.vector();
  record.git_tree = version.git_tree;
  if (auto front_matter = collection::FrontMatterOf(id.type, content)) {
    for (const auto& [field, value] : collection::StatedMetadata(*front_matter)) projections::SetMetadata(record, field, value);
  }
  return record;
}

void AddStatedMetadata(Writing& writing, std::string_view collection, const projections::ArtifactState& artifact,
                       const collection::Content& content) {
  auto front_matter = collection::FrontMatterOf(TypeOf(artifact.id), content);
  if (!front_matter) return;
  schema::MetadataEditedT edit;
  edit.cause = schema::ChangeCause::front_matter;
  for (const auto& [field, value] : collection::StatedMetadata(*front_matter)) {
    const std::string_view before = projections::MetadataOf(artifact, field);
    if (value.empty() || value == before) continue;
    auto change = std::make_unique<schema::FieldChangeT>();
    change->field = field;
    change->before = before;
    change->after = value;
    edit.changes.push_back(std::move(change));
  }
  if (!edit.changes.empty()) writing.Add({std::string(collection), artifact.id, {}, std::move(edit)});
  AddStatedTags(writing, collection, artifact, content);
}

void AddStatedTags(Writing& writing, std::string_view collection, const projections::ArtifactState& artifact,
                   const collection::Content& content) {
  auto front_matter = collection::FrontMatterOf(TypeOf(artifact.id), content);
  if (!front_matter) return;
  projections::ArtifactState next = artifact;
  const std::set<std::string> stated(front_matter->tags.begin(), front_matter->tags.end());
  next.front_matter_tags.assign(stated.begin(), stated.end());
  if (next.front_matter_tags == artifact.front_matter_tags) return;
  writing.Add({std::string(collection), artifact.id, {}, projections::TagsEdit(schema::ChangeCause::front_matter, artifact, next)});
}

Result<CaptureReport> Capture(Writing& writing, std::string_view name) {
  auto state = writing.Collection(name);
  if (!state.ok()) return state.error();
  CaptureReport report;
  report.collection = (*state)->name();
  const auto run_events = writing.run_events();
  const auto dir = writing.reading().DirectoryOf(**state);
  auto on_disk = collection::ListCollection(dir);
  if (!on_disk.ok()) return on_disk.error();

  // Copies: every Add changes the state.
  std::vector<projections::ArtifactState> known;
  for (const auto* artifact : (*state)->artifacts()) known.push_back(*artifact);
  std::set<std::string> unfinished;
  if (writing.dry_run()) {
    // A look takes no lock, so it cannot finish what a killed command left: those paths are behind the log, not edited.
    auto pending = writing.reading().log().Pending();
    if (!pending.ok()) return pending.error();
    for (const auto& work : *pending) unfinished.insert(work.path);
  }
  uint64_t done = 0;
  for (const auto& artifact : known) {
    if (unfinished.contains((dir / artifact.path).string())) continue;
    Report(writing.context(), "looking for edits", done++, known.size());
    if (Status captured = CaptureKnown(writing, report.collection, dir, artifact, report.changes); !captured.ok()) return captured.error();
  }
  std::set<std::string> paths;
  for (const auto& artifact : known) paths.insert(artifact.path);
  for (const auto& found : *on_disk) {
    if (paths.contains(found.path)) continue;
    if (!found.problem.empty()) {
      report.notes.push_back(fmt::format("{} is no artifact: {}", found.path, found.problem));
      continue;
    }
    if ((*state)->Find(found.id.text()) != nullptr) {
      report.notes.push_back(fmt::format("{} is left alone: {} stands elsewhere", found.path, found.id.text()));
      continue;
    }
    if (Status captured = CaptureNew(writing, report.collection, dir, found, report.changes); !captured.ok()) return captured.error();
  }
  if (Status captured = CaptureManifestEdits(writing, report.collection); !captured.ok()) return captured.error();
  if (run_events == 0) writing.EndRun();  // a run that goes on, as a refresh in bursts, keeps what it finds on its way
  std::sort(report.changes.begin(), report.changes.end(), [](const auto& a, const auto& b) { return a.artifact < b.artifact; });
  return report;
}

Status CaptureArtifact(Writing& writing, std::string_view name, const std::string& artifact) {
  auto state = writing.Collection(name);
  if (!state.ok()) return state.error();
  const projections::ArtifactState* held = (*state)->Find(artifact);
  if (held == nullptr) return {};
  const projections::ArtifactState known = *held;
  std::vector<CapturedChange> changes;
  return CaptureKnown(writing, (*state)->name(), writing.reading().DirectoryOf(**state), known, changes);
}

}  // namespace skilltrail
