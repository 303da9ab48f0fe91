// What was agreed in a project against the collection's copy and the project's.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/query/artifact_diff.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"

namespace skilltrail::query {
namespace {

namespace fs = std::filesystem;
using projections::ArtifactState;
using projections::CollectionState;
using projections::Deployment;
using MaybeContent = std::optional<collection::Content>;

std::vector<FieldDiff> FrontMatterFields(const std::string& artifact, const MaybeContent& before, const MaybeContent& after) {
  auto id = ParseArtifactId(artifact);
  if (!id.ok() || !before || !after) return {};
  std::map<std::string, std::pair<DiffValue, DiffValue>> fields;
  for (const auto& [content, second] : {std::pair(&*before, false), std::pair(&*after, true)}) {
    const auto front_matter = collection::FrontMatterOf(id->type, *content);
    if (!front_matter) continue;
    for (const auto& [name, value] : collection::StatedMetadata(*front_matter)) {
      auto& sides = fields[name];
      (second ? sides.second : sides.first) = {true, value, {}};
    }
  }
  std::vector<FieldDiff> differences;
  for (auto& [name, sides] : fields) {
    if (!(sides.first == sides.second)) differences.push_back({name, std::move(sides.first), std::move(sides.second)});
  }
  return differences;
}

class ProjectDiff {
 public:
  ProjectDiff(Writing& writing, const DiffRequest& request) : writing_(writing), request_(request) {}

  Status Run(const projections::ProjectState& project, DiffReport& report) {
    RETURN_IF_ERROR(LookAtCollections(project, report));
    for (const auto& [key, deployment] : project.deployments) {
      if (Wanted(deployment)) RETURN_IF_ERROR(One(deployment, report));
    }
    std::stable_sort(report.artifacts.begin(), report.artifacts.end(),
                     [](const ArtifactDiff& a, const ArtifactDiff& b) { return a.artifact < b.artifact; });
    return {};
  }

 private:
  bool Wanted(const Deployment& deployment) const {
    const std::string& collection = writing_.context().collection;
    if (!collection.empty() && deployment.collection != collection) return false;
    return request_.artifacts.empty() || std::any_of(request_.artifacts.begin(), request_.artifacts.end(), [&](const std::string& word) {
             return word == deployment.artifact || word == deployment.artifact.substr(deployment.artifact.find(':') + 1);
           });
  }

  // With the edits on disk that nobody has captured; a collection that is gone has no copy.
  Status LookAtCollections(const projections::ProjectState& project, DiffReport& report) {
    std::set<std::string> names;
    for (const auto& [key, deployment] : project.deployments) {
      if (Wanted(deployment)) names.insert(deployment.collection);
    }
    // States first: none may be loaded once events are gathered.
    for (const auto& name : names) {
      auto state = writing_.Collection(name);
      if (!state.ok() && state.error().code != Code::kNotFound) return state.error();
      states_[name] = state.ok() ? *state : nullptr;
    }
    for (const auto& [name, state] : states_) {
      if (state == nullptr) {
        report.notes.push_back(fmt::format("the collection \"{}\" is gone", name));
        continue;
      }
      ASSIGN_OR_RETURN(const CaptureReport captured, Capture(writing_, name));
      for (const auto& note : captured.notes) report.notes.push_back(note);
    }
    if (names.size() == 1) report.collection = *names.begin();
    return {};
  }

  Result<MaybeContent> Kept(const Digest& digest, bool single_file) {
    ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(digest, writing_.blobs()));
    ASSIGN_OR_RETURN(collection::Content content, collection::LoadContent(tree, single_file, writing_.blobs()));
    return std::optional(std::move(content));
  }

  static Result<MaybeContent> AbsentIfNotFound(Result<collection::Content> content) {
    if (content.ok()) return std::optional(std::move(*content));
    if (content.error().code == Code::kNotFound) return MaybeContent();
    return content.error();
  }

  Status One(const Deployment& deployment, DiffReport& report) {
    const fs::path relative = fs::path(deployment.profile_root) / deployment.path;
    ASSIGN_OR_RETURN(const MaybeContent ours, AbsentIfNotFound(collection::ReadContent(request_.project / relative)));
    const CollectionState* const state = states_.at(deployment.collection);
    const ArtifactState* const artifact = state == nullptr ? nullptr : state->Find(deployment.artifact);
    MaybeContent theirs;
    if (artifact != nullptr) {
      ASSIGN_OR_RETURN(theirs, AbsentIfNotFound(collection::ReadArtifact(writing_.reading().DirectoryOf(*state), artifact->path)));
    }
    if (deployment.tree.zero()) {
      report.notes.push_back(fmt::format(
          "what was agreed on {} is not known (another tool deployed it): collection and project are compared", deployment.artifact));
      Add(deployment, "project", theirs, ours, nullptr, relative.string(), report);
      return {};
    }
    ASSIGN_OR_RETURN(const MaybeContent agreed, Kept(deployment.tree, IsFilePath(deployment.artifact, deployment.path)));
    const std::string in_collection = artifact == nullptr ? deployment.path : artifact->path;
    Add(deployment, "collection", agreed, theirs, artifact, in_collection, report);
    Add(deployment, "project", agreed, ours, nullptr, relative.string(), report);
    return {};
  }

  void Add(const Deployment& deployment, const char* side, const MaybeContent& before, const MaybeContent& after,
           const ArtifactState* tagged, const std::string& path, DiffReport& report) {
    if (!before && !after) return;
    ArtifactDiff diff{deployment.artifact, !before ? "added" : !after ? "removed" : "changed", side, {}, {}};
    diff.fields = FrontMatterFields(deployment.artifact, before, after);
    if (tagged != nullptr) {
      auto tags = projections::EffectiveTags(*tagged);
      if (tags != deployment.tags) {
        diff.fields.push_back({"tags", {true, {}, deployment.tags}, {true, {}, tags}});
        std::sort(diff.fields.begin(), diff.fields.end(), [](const FieldDiff& a, const FieldDiff& b) { return a.field < b.field; });
      }
    }
    diff.files = DiffContents(path, before ? &*before : nullptr, after ? &*after : nullptr, {request_.count, request_.content});
    if (!diff.fields.empty() || !diff.files.empty()) report.artifacts.push_back(std::move(diff));
  }

  Writing& writing_;
  const DiffRequest& request_;
  std::map<std::string, const CollectionState*> states_;
};

}  // namespace

Result<DiffReport> DiffProject(const Context& context, const DiffRequest& request) {
  if (!request.from.empty() || !request.to.empty() || !context.at.empty()) {
    return Error{Code::kUsage, "diff --project compares what stands now: it takes no point",
                 "skilltrail deployed --at POINT shows what was"};
  }
  Context looking = context;
  looking.dry_run = true;
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(looking));
  const Reading& reading = writing->reading();
  ASSIGN_OR_RETURN(const auto project, reading.states().ProjectAt(request.project.string(), reading.log().head()));
  if (project.deployments.empty()) {
    return Error{Code::kNotFound, fmt::format("nothing is deployed in {}", request.project.string()), {}};
  }
  for (const auto& word : request.artifacts) {
    const bool known = std::any_of(project.deployments.begin(), project.deployments.end(), [&](const auto& one) {
      return word == one.first.artifact || word == one.first.artifact.substr(one.first.artifact.find(':') + 1);
    });
    if (!known) return Error{Code::kNotFound, fmt::format("\"{}\" is not deployed in {}", word, request.project.string()), {}};
  }
  DiffReport report;
  report.project = request.project;
  RETURN_IF_ERROR(ProjectDiff(*writing, request).Run(project, report));
  return report;
}

}  // namespace skilltrail::query
