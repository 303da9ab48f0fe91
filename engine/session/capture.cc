#include "engine/session/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

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
  auto was = collection::LoadContent(*tree, content.single_file, writing.blobs(), &content);
  if (!was.ok()) return was.error();
  AddStatedMetadata(writing, collection, artifact, content, &*was);
  changes.push_back({artifact.id, "changed", collection::CompareTrees(*tree, now.tree)});
  return {};
}

bool IsGone(const std::filesystem::path& directory) {
  std::error_code failed;
  return std::filesystem::symlink_status(directory, failed).type() == std::filesystem::file_type::not_found;
}

// What a folder that is not there says of what stood in it.
enum class Gone { kNothing, kDeleted };

Status CaptureKnown(Writing& writing, const std::string& collection, const std::filesystem::path& dir,
                    const projections::ArtifactState& artifact, std::vector<CapturedChange>& changes, Gone gone = Gone::kNothing) {
  auto content = collection::ReadArtifact(dir, artifact.path);
  if (content.ok()) return CaptureContent(writing, collection, artifact, *content, changes);
  const bool deleted = gone == Gone::kDeleted && IsGone((dir / artifact.path).parent_path());
  if (content.error().code != Code::kNotFound && !deleted) return content.error();
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

void RecordProvenance(projections::ArtifactState& record, const collection::Provenance& provenance) {
  if (!record.source.empty() || record.origin == "marketplace") return;
  record.origin = "github";
  record.source = provenance.source;
  record.version_spec = provenance.version_spec;
  record.origin_source = "https://github.com/" + provenance.repository;
}

void AddStatedMetadata(Writing& writing, std::string_view collection, const projections::ArtifactState& artifact,
                       const collection::Content& content, const collection::Content* before) {
  auto front_matter = collection::FrontMatterOf(TypeOf(artifact.id), content);
  if (!front_matter) return;
  std::map<std::string, std::string> stood;
  if (before != nullptr) {
    if (const auto was = collection::FrontMatterOf(TypeOf(artifact.id), *before)) stood = collection::StatedMetadata(*was);
  }
  schema::MetadataEditedT edit;
  edit.cause = schema::ChangeCause::front_matter;
  for (const auto& [field, value] : collection::StatedMetadata(*front_matter)) {
    const std::string_view known = projections::MetadataOf(artifact, field);
    const auto same = stood.find(field);
    if (value.empty() || value == known || (same != stood.end() && same->second == value)) continue;
    auto change = std::make_unique<schema::FieldChangeT>();
    change->field = field;
    change->before = known;
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

namespace {

// Paths that a killed command has left behind the log: a look takes no lock, so it cannot finish them, and some cannot be written. They
// were not edited.
Result<std::set<std::string>> Unfinished(Writing& writing) {
  std::set<std::string> unfinished;
  ASSIGN_OR_RETURN(const auto pending, writing.reading().log().Pending());
  for (const auto& work : pending) unfinished.insert(work.path);
  return unfinished;
}

class Capturing {
 public:
  Capturing(Writing& writing, collection::Looks& looks, bool goes_on, Gone gone = Gone::kNothing)
      : writing_(writing), looks_(looks), goes_on_(goes_on), gone_(gone) {}

  Result<CaptureReport> Run(std::string_view name) {
    const bool own_run = writing_.run_events() == 0;  // a run that goes on, as a refresh in bursts, keeps what it finds on its way
    ASSIGN_OR_RETURN(state_, writing_.Collection(name));
    report_.collection = state_->name();
    dir_ = writing_.reading().DirectoryOf(*state_);
    std::set<std::string, std::less<>> paths;
    for (const auto* artifact : state_->artifacts()) paths.insert(artifact->path);
    std::vector<collection::FoundOnDisk> on_disk;
    if (gone_ == Gone::kNothing || !IsGone(dir_)) {
      ASSIGN_OR_RETURN(on_disk, collection::ListCollection(dir_, paths));
    }
    RETURN_IF_ERROR(WantCapture(writing_, name, looks_));
    looks_.Run();
    ASSIGN_OR_RETURN(unfinished_, Unfinished(writing_));
    RETURN_IF_ERROR(CaptureAllKnown());
    for (const auto& found : on_disk) {
      if (!unfinished_.contains((dir_ / found.path).string())) RETURN_IF_ERROR(CaptureFound(found));
    }
    RETURN_IF_ERROR(CaptureManifestEdits(writing_, report_.collection));
    if (own_run) writing_.EndRun();
    if (!unfinished_.empty()) {
      report_.notes.push_back(
          fmt::format("an interrupted command left the files of {} path{} to be brought over: the next command that writes does it",
                      unfinished_.size(), unfinished_.size() == 1 ? "" : "s"));
    }
    std::sort(report_.changes.begin(), report_.changes.end(), [](const auto& a, const auto& b) { return a.artifact < b.artifact; });
    return std::move(report_);
  }

 private:
  Status CaptureAllKnown() {
    // Ids: every Add changes the state.
    std::vector<std::string> ids;
    for (const auto* artifact : state_->artifacts()) {
      const auto& looked = looks_.At(dir_, artifact->path);
      const bool same = looked.ok() && *looked == DigestFromBytes(artifact->tree.data(), artifact->tree.size());
      if (!same && !unfinished_.contains((dir_ / artifact->path).string())) ids.push_back(artifact->id);
    }
    for (const auto& id : ids) {
      const projections::ArtifactState artifact = *state_->Find(id);
      Status captured = CaptureKnown(writing_, report_.collection, dir_, artifact, report_.changes, gone_);
      if (captured.ok()) continue;
      if (!goes_on_) return captured;
      report_.unreadable.emplace(id, captured.error());
    }
    return {};
  }

  Status CaptureFound(const collection::FoundOnDisk& found) {
    if (!found.problem.empty()) {
      report_.notes.push_back(fmt::format("{} is no artifact: {}", found.path, found.problem));
      return {};
    }
    if (state_->Find(found.id.text()) != nullptr) {
      report_.notes.push_back(fmt::format("{} is left alone: {} stands elsewhere", found.path, found.id.text()));
      return {};
    }
    Status captured = CaptureNew(writing_, report_.collection, dir_, found, report_.changes);
    if (captured.ok() || !goes_on_) return captured;
    report_.unreadable.emplace(found.id.text(), captured.error());
    return {};
  }

  Writing& writing_;
  collection::Looks& looks_;
  const bool goes_on_;
  const Gone gone_;
  projections::CollectionState* state_ = nullptr;
  std::filesystem::path dir_;
  std::set<std::string> unfinished_;
  CaptureReport report_;
};

}  // namespace

collection::Looks LooksFor(const Context& context) {
  collection::Looks::Options options;
  options.keep = !context.dry_run;
  options.progress = [&context](size_t done, size_t total) { Report(context, "looking for edits", done, total); };
  return {context.store, std::move(options)};
}

Status WantCapture(Writing& writing, std::string_view name, collection::Looks& looks) {
  ASSIGN_OR_RETURN(const auto* state, writing.Collection(name));
  const auto dir = writing.reading().DirectoryOf(*state);
  for (const auto* artifact : state->artifacts()) looks.Want(dir, artifact->path);
  return {};
}

namespace {

Result<CaptureReport> CaptureWhole(Writing& writing, std::string_view name, Gone gone) {
  collection::Looks looks = LooksFor(writing.context());
  auto report = Capturing(writing, looks, false, gone).Run(name);
  looks.Save();
  return report;
}

}  // namespace

Result<CaptureReport> Capture(Writing& writing, std::string_view name) {
  return CaptureWhole(writing, name, Gone::kNothing);
}

Result<CaptureReport> CaptureGone(Writing& writing, std::string_view name) {
  return CaptureWhole(writing, name, Gone::kDeleted);
}

Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view name, collection::Looks& looks) {
  return Capturing(writing, looks, true).Run(name);
}

Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view name) {
  ASSIGN_OR_RETURN(CaptureReport report, CaptureReadable(writing, name, LooksFor(writing.context())));
  std::move(report.notes.begin(), report.notes.end(), std::back_inserter(writing.notes()));
  report.notes.clear();
  return report;
}

Status CheckReadable(const CaptureReport& captured, const std::string& artifact) {
  const auto unreadable = captured.unreadable.find(artifact);
  return unreadable == captured.unreadable.end() ? Status() : Status(unreadable->second);
}

Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view name, collection::Looks&& looks) {
  auto report = Capturing(writing, looks, true).Run(name);
  looks.Save();
  if (report.ok()) {
    for (const auto& [id, error] : report->unreadable) report->notes.push_back(fmt::format("{} was not captured: {}", id, error.message));
  }
  return report;
}

Status CaptureArtifact(Writing& writing, std::string_view name, const std::string& artifact) {
  ASSIGN_OR_RETURN(const auto* state, writing.Collection(name));
  const projections::ArtifactState* held = state->Find(artifact);
  if (held == nullptr) return {};
  const projections::ArtifactState known = *held;
  std::vector<CapturedChange> changes;
  return CaptureKnown(writing, state->name(), writing.reading().DirectoryOf(*state), known, changes);
}

}  // namespace skilltrail
