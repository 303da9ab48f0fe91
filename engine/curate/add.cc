#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/collection/artifact_kind.h"
#include "engine/curate/candidate.h"
#include "engine/curate/finding.h"
#include "engine/session/writing.h"

namespace skilltrail::curate {
namespace {

// A single-file artifact's file is called after the artifact, whatever upstream calls it.
void NameTheFile(Candidate& candidate) {
  if (candidate.content.single_file) candidate.content.files.front().path = candidate.id.name + ".md";
}

AddedItem Refused(AddedItem item, AddedItem::Status status, Error error) {
  item.status = status;
  item.reason = std::move(error.message);
  item.hint = std::move(error.hint);
  item.code = error.code;
  return item;
}

schema::ArtifactRecordT RecordOf(const Candidate& candidate, const std::string& path, const collection::Version& version) {
  schema::ArtifactRecordT record = MakeRecord(candidate.id, path, candidate.content, version);
  if (candidate.provenance) RecordProvenance(record, *candidate.provenance);
  if (candidate.source.empty()) return record;
  record.origin = "github";
  record.source = candidate.source;
  record.origin_source = candidate.repository.html_url;
  record.version_spec = candidate.version_spec;
  record.resolved_sha = candidate.commit;
  record.git_tree = candidate.git_id;
  record.repository_id = candidate.repository.id;
  // What the artifact's own file does not say, its repository may.
  if (projections::MetadataOf(record, "description").empty())
    projections::SetMetadata(record, "description", candidate.repository.description);
  if (projections::MetadataOf(record, "license").empty()) projections::SetMetadata(record, "license", candidate.repository.license);
  return record;
}

// True if the artifact came from there: under a name that the repository has lost since, or by its default branch, called by its name.
bool SameSource(const projections::ArtifactState& standing, const Candidate& candidate) {
  if (standing.source == candidate.source) return true;
  const auto had = ParseSource(standing.source);
  const auto wanted = ParseSource(candidate.source);
  if (!had.ok() || !wanted.ok() || had->path != wanted->path) return false;
  const bool repository =
      had->repository() == wanted->repository() || (standing.repository_id != 0 && standing.repository_id == candidate.repository.id);
  const auto ref = [&](const Source& source) { return source.ref.empty() ? candidate.repository.default_branch : source.ref; };
  return repository && ref(*had) == ref(*wanted);
}

// Events and file work of one candidate; what stands in its way is said in the item.
Result<AddedItem> AddOne(Writing& writing, const projections::CollectionState& state, const std::filesystem::path& dir,
                         Candidate candidate) {
  AddedItem item;
  item.source = candidate.source.empty() ? candidate.said : candidate.source;
  if (candidate.error && candidate.id.name.empty()) return Refused(std::move(item), AddedItem::Status::kError, *candidate.error);
  item.artifact = candidate.id.text();
  if (candidate.error) return Refused(std::move(item), AddedItem::Status::kError, *candidate.error);
  if (IsSingleFile(candidate.id.type) && !candidate.content.single_file) {
    return Refused(std::move(item), AddedItem::Status::kError,
                   {Code::kUsage, fmt::format("{} is a directory, and a {} is one .md file", candidate.said, TypeName(candidate.id.type)),
                    "name the file in it"});
  }
  NameTheFile(candidate);
  item.path = collection::CollectionPath(candidate.id);
  item.files = candidate.content.files.size();
  if (const auto* standing = state.Find(item.artifact); standing != nullptr) {
    const bool same = candidate.source.empty()
                          ? standing->source == (candidate.provenance ? candidate.provenance->source : std::string()) &&
                                standing->tree == collection::Describe(candidate.content).tree_digest.vector()
                          : SameSource(*standing, candidate);
    if (same) return Refused(std::move(item), AddedItem::Status::kSkipped, {Code::kConflict, "already there", {}});
    const std::string where = standing->source.empty() ? "a local artifact" : standing->source;
    item.name_taken = true;
    return Refused(std::move(item), AddedItem::Status::kError,
                   {Code::kConflict, fmt::format("{} is there already, from {}; give another name: --name NAME", standing->id, where), {}});
  }
  std::error_code failed;
  if (std::filesystem::exists(std::filesystem::symlink_status(dir / item.path, failed))) {
    return Refused(std::move(item), AddedItem::Status::kError,
                   {Code::kConflict, fmt::format("{} is in the way: it is on disk and no artifact", (dir / item.path).string()), {}});
  }
  auto version = writing.Keep(candidate.content);
  if (!version.ok()) return version.error();
  schema::ArtifactAddedT added;
  added.cause = schema::ChangeCause::add;
  added.record = std::make_unique<schema::ArtifactRecordT>(RecordOf(candidate, item.path, *version));
  const schema::ArtifactRecordT record = *added.record;
  writing.Add({state.name(), item.artifact, {}, std::move(added)});
  writing.AddFileWork({dir / item.path, {}, version->tree_digest, state.name(), item.artifact});
  AddStatedTags(writing, state.name(), record, candidate.content);
  for (auto& note : candidate.notes) writing.notes().push_back(std::move(note));
  return item;
}

// The steps of one run. A dry run holds its view from the first to the last, since what it adds stands nowhere else.
class Adding {
 public:
  explicit Adding(const Context& context) : context_(context) {}

  // Adds those; the run goes on.
  Status Step(std::vector<Candidate> candidates) {
    RETURN_IF_ERROR(Hold());
    for (auto& candidate : candidates) {
      ASSIGN_OR_RETURN(AddedItem item, AddOne(*writing_, *state_, dir_, std::move(candidate)));
      report_.items.push_back(std::move(item));
    }
    return {};
  }
  // What was added so far is safe, and the lock is free.
  Status Pause() {
    if (context_.dry_run) return {};
    RETURN_IF_ERROR(writing_->Pause());
    TakeNotes();
    writing_.reset();
    return {};
  }
  Result<AddReport> Finish() {
    const auto failed = std::count_if(report_.items.begin(), report_.items.end(),
                                      [](const AddedItem& item) { return item.status == AddedItem::Status::kError; });
    const auto status = failed == 0                                           ? schema::RunStatus::completed
                        : static_cast<size_t>(failed) == report_.items.size() ? schema::RunStatus::failed
                                                                              : schema::RunStatus::partial;
    RETURN_IF_ERROR(writing_->Finish(status));
    report_.run_id = writing_->run_text();
    TakeNotes();
    std::stable_sort(report_.items.begin(), report_.items.end(), [](const AddedItem& a, const AddedItem& b) {
      return std::pair(a.artifact.empty(), std::string_view(a.artifact)) < std::pair(b.artifact.empty(), std::string_view(b.artifact));
    });
    return std::move(report_);
  }
  // Ends what was begun.
  Error Interrupted() {
    const auto added = std::count_if(report_.items.begin(), report_.items.end(),
                                     [](const AddedItem& item) { return item.status == AddedItem::Status::kAdded; });
    if (added == 0 || context_.dry_run) return {Code::kInterrupted, "interrupted: nothing was added", {}};
    if (Status held = Hold(); !held.ok()) return held.error();
    if (Status finished = writing_->Finish(schema::RunStatus::partial); !finished.ok()) return finished.error();
    return {Code::kInterrupted, fmt::format("interrupted: what had arrived was added, {} so far", added), "the same command adds the rest"};
  }

 private:
  Status Hold() {
    if (writing_) return {};
    ASSIGN_OR_RETURN(writing_, Writing::Open(context_, &ticket_));
    ASSIGN_OR_RETURN(const CaptureReport captured, CaptureReadable(*writing_, ""));
    ASSIGN_OR_RETURN(state_, writing_->Collection(captured.collection));
    report_.collection = captured.collection;
    dir_ = writing_->reading().DirectoryOf(*state_);
    return {};
  }
  void TakeNotes() {
    for (auto& note : writing_->notes()) report_.notes.push_back(std::move(note));
  }

  const Context& context_;
  RunTicket ticket_;
  std::unique_ptr<Writing> writing_;
  projections::CollectionState* state_ = nullptr;
  std::filesystem::path dir_;
  AddReport report_;
};

}  // namespace

Result<AddReport> Add(const Context& context, upstream::Upstream& upstream, const AddRequest& request) {
  if (!request.name.empty() && (request.all || request.sources.size() != 1)) {
    return Error{Code::kUsage, "--name names one artifact of one source", {}};
  }
  {
    // A store or collection that is not there is said before anything is asked upstream.
    ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
    ASSIGN_OR_RETURN(const Moment moment, reading->Resolve(""));
    if (auto known = reading->Collection("", moment); !known.ok()) return known.error();
  }
  Finding finding(context, upstream, request);
  Adding adding(context);
  while (true) {
    auto candidates = finding.Next();
    if (Interrupted(context)) return adding.Interrupted();
    RETURN_IF_ERROR(adding.Step(std::move(candidates)));
    if (finding.done()) return adding.Finish();
    RETURN_IF_ERROR(adding.Pause());
  }
}

}  // namespace skilltrail::curate
