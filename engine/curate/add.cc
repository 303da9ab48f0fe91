#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <tuple>

#include "engine/collection/artifact_kind.h"
#include "engine/curate/candidate.h"
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
    const std::string from = candidate.provenance ? candidate.provenance->source : candidate.source;
    const bool same = standing->source == from &&
                      (!candidate.source.empty() || standing->tree == collection::Describe(candidate.content).tree_digest.vector());
    if (same) return Refused(std::move(item), AddedItem::Status::kSkipped, {Code::kConflict, "already there", {}});
    const std::string where = standing->source.empty() ? "a local artifact" : standing->source;
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

}  // namespace

Result<AddReport> Add(const Context& context, upstream::Upstream& upstream, const AddRequest& request) {
  if (!request.name.empty() && (request.all || request.sources.size() != 1)) {
    return Error{Code::kUsage, "--name names one artifact of one source", {}};
  }
  {
    // A store or collection that is not there is said before anything is asked upstream.
    auto reading = Reading::Open(context);
    if (!reading.ok()) return reading.error();
    auto moment = (*reading)->Resolve("");
    if (!moment.ok()) return moment.error();
    if (auto known = (*reading)->Collection("", *moment); !known.ok()) return known.error();
  }
  auto candidates = FindCandidates(context, upstream, request);
  if (Interrupted(context)) return Error{Code::kInterrupted, "interrupted: nothing was added", {}};

  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto captured = CaptureReadable(writing, "");
  if (!captured.ok()) return captured.error();
  auto state = writing.Collection(captured->collection);
  if (!state.ok()) return state.error();
  AddReport report;
  report.collection = captured->collection;
  const auto dir = writing.reading().DirectoryOf(**state);
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.id.name.empty(), a.id.text()) < std::tuple(b.id.name.empty(), b.id.text());
  });
  size_t failed = 0;
  for (auto& candidate : candidates) {
    auto item = AddOne(writing, **state, dir, std::move(candidate));
    if (!item.ok()) return item.error();
    failed += item->status == AddedItem::Status::kError ? 1 : 0;
    report.items.push_back(std::move(*item));
  }
  const auto status = failed == 0                     ? schema::RunStatus::completed
                      : failed == report.items.size() ? schema::RunStatus::failed
                                                      : schema::RunStatus::partial;
  if (Status finished = writing.Finish(status); !finished.ok()) return finished.error();
  report.run_id = writing.run_text();
  report.notes = writing.notes();
  return report;
}

}  // namespace skilltrail::curate
