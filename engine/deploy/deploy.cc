#include "engine/deploy/deploy.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/content.h"
#include "engine/deploy/records.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;

// What stands at a deployment's path now.
struct Standing {
  std::optional<collection::Content> content;
  Digest tree;  // zero: nothing is there
};

Result<Standing> Look(const fs::path& path) {
  auto content = collection::ReadContent(path);
  if (!content.ok()) return content.error().code == Code::kNotFound ? Result<Standing>(Standing{}) : content.error();
  const Digest tree = collection::Describe(*content).tree_digest;
  return Standing{std::move(*content), tree};
}

// True if the copy is what was agreed there, so that nothing of a person's is lost by replacing it.
bool Untouched(const projections::Deployment& deployment, const Standing& standing) {
  if (!standing.content) return true;
  if (!IsPeers(deployment)) return standing.tree == deployment.tree;
  return collection::ContentHash(*standing.content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); }) ==
         deployment.content_hash;
}

struct Target {
  projections::ArtifactState artifact;
  projections::DeploymentKey key;
  std::string path;                                // relative to the profile root
  const projections::Deployment* known = nullptr;  // as of before this command
  Standing standing;
};

Status CheckDeployable(const ArtifactId& id) {
  if (id.type != ArtifactType::kWorkflow && id.type != ArtifactType::kComposite) return {};
  return Error{Code::kUsage, fmt::format("{}: a {} cannot be deployed", id.text(), TypeName(id.type)), {}};
}

class Deploying {
 public:
  Deploying(const DeployRequest& request, Profile profile) : request_(request), profile_(std::move(profile)) {}

  Status Open(const Context& context) {
    auto opened = Writing::Open(context);
    if (!opened.ok()) return opened.error();
    writing_ = std::move(*opened);
    auto collection = writing_->Collection("");
    if (!collection.ok()) return collection.error();
    state_ = *collection;
    auto project = writing_->Project(request_.project);
    if (!project.ok()) return project.error();
    project_ = *project;
    if (Status taken = TakeInRecords(*writing_, *project_); !taken.ok()) return taken;
    auto captured = Capture(*writing_, state_->name());
    if (!captured.ok()) return captured.error();
    report_.collection = state_->name();
    report_.project = request_.project;
    return {};
  }

  Status Deploy() {
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      auto id = Reading::Find(*state_, artifact);
      if (!id.ok()) return id.error();
      const projections::ArtifactState state = *state_->Find(*id);
      auto parsed = ParseArtifactId(*id);
      if (Status good = CheckDeployable(*parsed); !good.ok()) return good;
      auto target = Aim(state, collection::CollectionPath(*parsed));
      if (!target.ok()) return target.error();
      targets.push_back(std::move(*target));
    }
    Order(targets);
    if (Status clear = RefuseEdits(targets, true); !clear.ok()) return clear;
    for (auto& target : targets) Place(target);
    return Finish();
  }

  Status Undeploy() {
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      auto deployed = FindDeployment(artifact);
      if (!deployed.ok()) return deployed.error();
      projections::ArtifactState state;
      state.id = (*deployed)->artifact;
      auto target = Aim(state, (*deployed)->path);
      if (!target.ok()) return target.error();
      targets.push_back(std::move(*target));
    }
    Order(targets);
    if (Status clear = RefuseEdits(targets, false); !clear.ok()) return clear;
    for (auto& target : targets) Remove(target);
    return Finish();
  }

  DeployReport Report() && { return std::move(report_); }

 private:
  static void Order(std::vector<Target>& targets) {
    std::sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.key < b.key; });
    targets.erase(std::unique(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.key == b.key; }),
                  targets.end());
  }

  fs::path Absolute(const Target& target) const { return request_.project / profile_.root / target.path; }

  Result<Target> Aim(const projections::ArtifactState& artifact, const std::string& path) {
    Target target{artifact, {state_->name(), artifact.id, profile_.root}, path, nullptr, {}};
    auto known = project_->deployments.find(target.key);
    if (known != project_->deployments.end()) target.known = &known->second;
    auto standing = Look(Absolute(target));
    if (!standing.ok()) return standing.error();
    target.standing = std::move(*standing);
    return target;
  }

  Result<const projections::Deployment*> FindDeployment(const std::string& artifact) {
    std::vector<const projections::Deployment*> found;
    for (const auto& [key, deployment] : project_->deployments) {
      if (key.collection != state_->name() || key.profile_root != profile_.root) continue;
      if (artifact == key.artifact || key.artifact.ends_with(":" + artifact)) found.push_back(&deployment);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      return Error{Code::kNotFound, fmt::format("{} is not deployed in {}", artifact, (request_.project / profile_.root).string()), {}};
    }
    return Error{Code::kUsage, fmt::format("\"{}\" is ambiguous: {} and {}", artifact, found[0]->artifact, found[1]->artifact),
                 "give type:name"};
  }

  // A local edit in the way: refused, or its bytes are kept first.
  Status RefuseEdits(std::vector<Target>& targets, bool same_content_is_fine) {
    std::string edited;
    for (auto& target : targets) {
      const bool same =
          same_content_is_fine && target.standing.tree == DigestFromBytes(target.artifact.tree.data(), target.artifact.tree.size());
      const bool safe = !target.standing.content || same || (target.known != nullptr && Untouched(*target.known, target.standing));
      if (safe) continue;
      if (!request_.overwrite) {
        edited += fmt::format("{}{}", edited.empty() ? "" : ", ", Absolute(target).string());
        continue;
      }
      auto kept = writing_->Keep(*target.standing.content);
      if (!kept.ok()) return kept.error();
      const projections::OpenDrift* open = project_->DriftOf(target.key);
      if (open != nullptr && open->project_hash == kept->content_hash) continue;  // a check has recorded these very bytes
      schema::DriftDetectedT found;
      found.drift_type = schema::DriftType::modified;
      found.baseline_hash = target.known == nullptr ? "" : target.known->content_hash;
      found.collection_hash = target.artifact.content_hash;
      found.project_hash = kept->content_hash;
      found.project_tree = kept->tree_digest.vector();
      found.recommendation = "push_to_collection";
      found.profile_root = profile_.root;
      writing_->Add({state_->name(), target.key.artifact, project_->project, std::move(found)});
    }
    if (edited.empty()) return {};
    return Error{Code::kConflict, fmt::format("would overwrite local edits: {}", edited),
                 "--overwrite keeps their bytes in the log and goes on"};
  }

  void Place(Target& target) {
    const Digest wanted = DigestFromBytes(target.artifact.tree.data(), target.artifact.tree.size());
    DeployedItem item{target.artifact.id, profile_.root + "/" + target.path, "deployed"};
    auto known = project_->deployments.find(target.key);
    const bool recorded =
        known != project_->deployments.end() && !IsPeers(known->second) && known->second.tree == wanted && !known->second.drift;
    if (recorded && target.standing.tree == wanted) {
      item.action = "unchanged";
      report_.items.push_back(std::move(item));
      return;
    }
    ResolveDrift(target);
    schema::ArtifactDeployedT event;
    event.cause = known == project_->deployments.end() ? schema::ChangeCause::deploy : schema::ChangeCause::redeploy;
    event.profile = profile_.id;
    event.profile_root = profile_.root;
    event.path = target.path;
    event.tree = target.artifact.tree;
    event.content_hash = target.artifact.content_hash;
    event.tags = projections::EffectiveTags(target.artifact);
    writing_->Add({state_->name(), target.artifact.id, project_->project, std::move(event)});
    if (target.standing.tree != wanted) {
      writing_->AddFileWork({Absolute(target), target.standing.tree, wanted, state_->name(), target.artifact.id});
    }
    report_.items.push_back(std::move(item));
  }

  // A finding ends with the copy that it was about.
  void ResolveDrift(const Target& target) {
    const projections::OpenDrift* open = project_->DriftOf(target.key);
    if (open == nullptr) return;
    schema::DriftResolvedT resolved;
    resolved.drift_type = open->type;
    resolved.detected_seq = open->detected_seq;
    resolved.profile_root = target.key.profile_root;
    writing_->Add({target.key.collection, target.key.artifact, project_->project, std::move(resolved)});
  }

  void Remove(Target& target) {
    ResolveDrift(target);
    schema::ArtifactUndeployedT event;
    event.cause = schema::ChangeCause::command;
    event.profile_root = profile_.root;
    event.path = target.path;
    writing_->Add({state_->name(), target.key.artifact, project_->project, std::move(event)});
    if (target.standing.content) writing_->AddFileWork({Absolute(target), target.standing.tree, {}, state_->name(), target.key.artifact});
    report_.items.push_back({target.key.artifact, profile_.root + "/" + target.path, "undeployed"});
  }

  Status Finish() {
    if (Status finished = writing_->Finish(); !finished.ok()) return finished;
    report_.run_id = writing_->run_text();
    report_.notes = writing_->notes();
    if (writing_->dry_run()) return {};
    return WriteRecords(*project_);
  }

  const DeployRequest& request_;
  Profile profile_;
  std::unique_ptr<Writing> writing_;
  projections::CollectionState* state_ = nullptr;
  projections::ProjectState* project_ = nullptr;
  DeployReport report_;
};

Result<DeployReport> Run(const Context& context, const DeployRequest& request, Status (Deploying::*what)()) {
  auto profile = FindProfile(request.profile.empty() ? "claude_code" : request.profile);
  if (!profile.ok()) return profile.error();
  Deploying deploying(request, *profile);
  if (Status opened = deploying.Open(context); !opened.ok()) return opened.error();
  if (Status done = (deploying.*what)(); !done.ok()) return done.error();
  return std::move(deploying).Report();
}

}  // namespace

Result<DeployReport> Deploy(const Context& context, const DeployRequest& request) {
  return Run(context, request, &Deploying::Deploy);
}

Result<DeployReport> Undeploy(const Context& context, const DeployRequest& request) {
  return Run(context, request, &Deploying::Undeploy);
}

}  // namespace skilltrail::deploy
