// What was agreed in a project against the collection's copy and the project's.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/deploy/copy.h"
#include "engine/query/artifact_diff.h"
#include "engine/session/artifact_word.h"
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
  ProjectDiff(Writing& writing, const DiffRequest& request, const projections::ProjectState& project)
      : writing_(writing), request_(request), project_(project), copies_(project, writing.blobs()) {}

  Status Run(DiffReport& report) {
    RETURN_IF_ERROR(LookAtCollections(report));
    for (const auto& [key, deployment] : project_.deployments) {
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
    return request_.artifacts.empty() || std::any_of(request_.artifacts.begin(), request_.artifacts.end(),
                                                     [&](const std::string& word) { return Means(word, deployment.artifact); });
  }

  // With the edits on disk that nobody has captured; a collection that is gone has no copy.
  Status LookAtCollections(DiffReport& report) {
    std::set<std::string> names;
    for (const auto& [key, deployment] : project_.deployments) {
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
    const CollectionState* const state = states_.at(deployment.collection);
    const ArtifactState* const artifact = state == nullptr ? nullptr : state->Find(deployment.artifact);
    MaybeContent theirs;
    if (artifact != nullptr) {
      ASSIGN_OR_RETURN(theirs, AbsentIfNotFound(collection::ReadArtifact(writing_.reading().DirectoryOf(*state), artifact->path)));
    }
    ASSIGN_OR_RETURN(const deploy::StandingCopy standing, copies_.Read(deployment, theirs ? &*theirs : nullptr));
    const MaybeContent& ours = standing.content;
    if (deployment.tree.zero()) {
      report.notes.push_back(fmt::format(
          "what was agreed on {} is not known (another tool deployed it): collection and project are compared", deployment.artifact));
      AddProject(deployment, theirs, ours, report);
      return {};
    }
    ASSIGN_OR_RETURN(const MaybeContent agreed, Kept(deployment.tree, IsFilePath(deployment.artifact, deployment.path)));
    const std::string in_collection = artifact == nullptr ? deployment.path : artifact->path;
    const auto shown = [&](const std::string& path) { return ShownPath(in_collection, agreed, theirs, path); };
    Add(deployment, "collection", agreed, theirs, artifact, shown, report);
    AddProject(deployment, agreed, ours, report);
    return {};
  }

  // What a hook or server defines stands in a file that it shares, and the text is headed by that.
  void AddProject(const Deployment& deployment, const MaybeContent& before, const MaybeContent& ours, DiffReport& report) {
    const deploy::Site site = deploy::SiteOf(request_.project, deployment);
    std::string definition;
    for (const auto* content : {&before, &ours}) {
      const auto* file = *content && !site.shared.empty() ? deploy::DefinitionFile(site.kind, **content) : nullptr;
      if (file != nullptr) definition = file->path;
    }
    const auto shown = [&](const std::string& path) {
      if (!definition.empty() && path == definition) return site.shared.lexically_relative(request_.project).string();
      return ShownPath(fs::path(deployment.profile_root) / deployment.path, before, ours, path);
    };
    Add(deployment, "project", before, ours, nullptr, shown, report);
  }

  static std::string ShownPath(const fs::path& artifact, const MaybeContent& before, const MaybeContent& after, const std::string& path) {
    const bool single_file = after ? after->single_file : before && before->single_file;
    return single_file ? artifact.string() : (artifact / path).string();
  }

  void Add(const Deployment& deployment, const char* side, const MaybeContent& before, const MaybeContent& after,
           const ArtifactState* tagged, const std::function<std::string(const std::string&)>& shown, DiffReport& report) {
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
    diff.files = DiffContents(shown, before ? &*before : nullptr, after ? &*after : nullptr, {request_.count, request_.content});
    if (!diff.fields.empty() || !diff.files.empty()) report.artifacts.push_back(std::move(diff));
  }

  Writing& writing_;
  const DiffRequest& request_;
  const projections::ProjectState& project_;
  deploy::ProjectCopies copies_;
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
    const bool known = std::any_of(project.deployments.begin(), project.deployments.end(),
                                   [&](const auto& one) { return Means(word, one.first.artifact); });
    if (!known) return Error{Code::kNotFound, fmt::format("\"{}\" is not deployed in {}", word, request.project.string()), {}};
  }
  DiffReport report;
  report.project = request.project;
  RETURN_IF_ERROR(ProjectDiff(*writing, request, project).Run(report));
  return report;
}

}  // namespace skilltrail::query
