#include "engine/deploy/deploy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "engine/collection/capture.h"
#include "engine/deploy/deployment.h"
#include "engine/deploy/placing.h"
#include "engine/deploy/records.h"
#include "engine/session/capture.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using projections::Deployment;

// One artifact that is to come or go.
struct Target {
  projections::ArtifactState artifact;  // of an undeployed one: its id alone
  projections::DeploymentKey key;
  Deployment wanted;                  // as it is to be recorded
  const Deployment* known = nullptr;  // as of before this command
  std::vector<Deployment> replaced;   // of other collections, in whose place it comes
  CopyChange change;
};

Status CheckDeployable(const ArtifactId& id) {
  if (id.type != ArtifactType::kWorkflow && id.type != ArtifactType::kComposite) return {};
  return Error{Code::kUsage, fmt::format("{}: a {} cannot be deployed", id.text(), TypeName(id.type)), {}};
}

class Deploying {
 public:
  explicit Deploying(const DeployRequest& request) : request_(request) {}

  Status Deploy(const Context& context) {
    ASSIGN_OR_RETURN(writing_, Writing::Open(context));
    ASSIGN_OR_RETURN(state_, writing_->Collection(""));
    report_.collection = state_->name();
    RETURN_IF_ERROR(OpenProject());
    ASSIGN_OR_RETURN(const CaptureReport captured, CaptureReadable(*writing_, state_->name()));
    ASSIGN_OR_RETURN(const Profile profile, FindProfile(request_.profile.empty() ? "claude_code" : request_.profile));
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      ASSIGN_OR_RETURN(const std::string id, Reading::Find(*state_, artifact));
      ASSIGN_OR_RETURN(const ArtifactId parsed, ParseArtifactId(id));
      RETURN_IF_ERROR(CheckDeployable(parsed));
      RETURN_IF_ERROR(CheckReadable(captured, id));
      targets.push_back(AimAt(*state_->Find(id), profile, parsed));
    }
    Order(targets);
    for (const auto& [key, deployment] : project_->deployments) {
      if (key.collection != state_->name()) others_.emplace(std::pair(key.profile_root, deployment.path), deployment);
    }
    for (auto& target : targets) {
      skilltrail::Report(writing_->context(), "looking at the project", static_cast<uint64_t>(&target - targets.data()), targets.size());
      RETURN_IF_ERROR(Look(target));
    }
    RETURN_IF_ERROR(Check(targets));
    for (auto& target : targets) RETURN_IF_ERROR(Place(target));
    return Finish();
  }

  // The collection may be one that the store has not, or not any more: a record of the peer's names what it likes.
  Status Undeploy(const Context& context) {
    ASSIGN_OR_RETURN(writing_, Writing::Open(context));
    report_.collection = context.collection.empty() ? writing_->reading().DefaultCollection() : context.collection;
    RETURN_IF_ERROR(OpenProject());
    std::error_code ignored;
    if (project_->deployments.empty() && !fs::is_directory(request_.project, ignored)) {
      return Error{Code::kNotFound, fmt::format("no directory {}", request_.project.string()), {}};
    }
    std::string root;
    if (!request_.profile.empty()) {
      ASSIGN_OR_RETURN(const Profile profile, FindProfile(request_.profile));
      root = profile.root;
    }
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      Target target;
      ASSIGN_OR_RETURN(target.key, FindDeployment(*project_, report_.collection, root, artifact));
      target.known = &project_->deployments.at(target.key);
      target.wanted = *target.known;
      target.wanted.tree = {};
      targets.push_back(std::move(target));
    }
    Order(targets);
    for (auto& target : targets) {
      ASSIGN_OR_RETURN(target.change, placing_->Look(target.wanted, nullptr));
    }
    RETURN_IF_ERROR(Check(targets));
    for (auto& target : targets) RETURN_IF_ERROR(Remove(target));
    return Finish();
  }

  DeployReport Take() && { return std::move(report_); }

 private:
  Status OpenProject() {
    ASSIGN_OR_RETURN(project_, writing_->Project(request_.project));
    writing_->RestateRecords(request_.project);
    RETURN_IF_ERROR(TakeInRecords(*writing_, *project_));
    placing_.emplace(*writing_, *project_);
    report_.project = request_.project;
    return {};
  }

  static void Order(std::vector<Target>& targets) {
    std::sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.key < b.key; });
    targets.erase(std::unique(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.key == b.key; }),
                  targets.end());
  }

  Target AimAt(const projections::ArtifactState& artifact, const Profile& profile, const ArtifactId& id) const {
    Target target;
    target.artifact = artifact;
    target.key = {state_->name(), artifact.id, profile.root};
    const auto known = project_->deployments.find(target.key);
    if (known != project_->deployments.end()) target.known = &known->second;
    target.wanted.collection = state_->name();
    target.wanted.artifact = artifact.id;
    target.wanted.profile = profile.id;
    target.wanted.profile_root = profile.root;
    target.wanted.path = PathOf(id, IsFilePath(artifact.id, artifact.path));
    target.wanted.tree = DigestFromBytes(artifact.tree.data(), artifact.tree.size());
    target.wanted.content_hash = artifact.content_hash;
    target.wanted.cause = target.known == nullptr ? schema::ChangeCause::deploy : schema::ChangeCause::redeploy;
    return target;
  }

  // One place has one owner. Where the store has no such collection nobody speaks for the other copy; else that is for a person to say.
  Status TakePlace(Target& target) {
    const auto [first, last] = others_.equal_range({target.key.profile_root, target.wanted.path});
    for (auto at = first; at != last; ++at) {
      const Deployment& other = at->second;
      const bool known = writing_->reading().Collection(other.collection, Moment{writing_->reading().log().head(), 0, {}}).ok();
      const bool shared = IsShared(other) || IsShared(target.wanted);
      if (shared || (known && !request_.overwrite)) {
        const Site site = SiteOf(request_.project, other);
        return Error{Code::kConflict,
                     fmt::format("{} is in {} already, deployed from collection \"{}\"", other.artifact,
                                 (site.shared.empty() ? site.own : site.shared).string(), other.collection),
                     fmt::format("skilltrail -c {} undeploy {} takes it out{}", other.collection, other.artifact,
                                 shared ? "" : ", --overwrite takes its place")};
      }
      target.replaced.push_back(other);
    }
    return {};
  }

  Status Look(Target& target) {
    RETURN_IF_ERROR(TakePlace(target));
    std::optional<collection::Content> now;
    if (IsShared(target.wanted)) {
      ASSIGN_OR_RETURN(now, CurrentContent(*writing_, *state_, target.artifact));
    }
    ASSIGN_OR_RETURN(target.change, placing_->Look(target.wanted, now ? &*now : nullptr));
    const CopyChange& change = target.change;
    if (change.standing.unsure) {
      report_.notes.push_back(fmt::format("{}: an entry of it was gone from {}, and comes in anew beside what stands under its event",
                                          target.artifact.id, change.site.shared.string()));
    }
    if (change.left_out.empty()) return {};
    report_.notes.push_back(fmt::format("{}: of its {} only the {} are merged, not {}", target.artifact.id, change.definition,
                                        change.site.kind == SharedKind::kHooks ? "hooks" : "servers", fmt::join(change.left_out, ", ")));
    return {};
  }

  Status Check(std::vector<Target>& targets) {
    std::vector<const CopyChange*> changes;
    for (const auto& target : targets) changes.push_back(&target.change);
    RETURN_IF_ERROR(placing_->Claim(changes));
    RETURN_IF_ERROR(RefuseEdits(targets));
    for (const auto* change : changes) RETURN_IF_ERROR(placing_->Check(*change));
    return {};
  }

  // A local edit in the way: refused, or its bytes are kept first.
  Status RefuseEdits(std::vector<Target>& targets) {
    std::vector<std::string> edited;
    for (auto& target : targets) {
      const CopyChange& change = target.change;
      if (!change.StandsWanted()) RETURN_IF_ERROR(RefuseEdit(target, change.standing, change.site, edited));
      if (change.former) RETURN_IF_ERROR(RefuseEdit(target, change.elsewhere, *change.former, edited));
    }
    if (edited.empty()) return {};
    return Error{Code::kConflict, fmt::format("would overwrite local edits: {}", fmt::join(edited, ", ")),
                 "--overwrite keeps their bytes in the log and goes on"};
  }

  Status RefuseEdit(const Target& target, const StandingCopy& copy, const Site& site, std::vector<std::string>& edited) {
    const auto agreed = [&](const Deployment& deployment) { return Untouched(deployment, copy); };
    if (!copy.content || (target.known != nullptr && agreed(*target.known))) return {};
    if (std::any_of(target.replaced.begin(), target.replaced.end(), agreed)) return {};
    if (!request_.overwrite) {
      const bool entries = !site.shared.empty() && (copy.own.zero() || copy.own == target.change.own_tree);
      edited.push_back((entries ? site.shared : site.own).string());
      return {};
    }
    ASSIGN_OR_RETURN(const collection::Version kept, writing_->Keep(*copy.content));
    const projections::OpenDrift* open = project_->DriftOf(target.key);
    if (open != nullptr && open->project_hash == kept.content_hash) return {};  // a check has recorded these very bytes
    schema::DriftDetectedT found;
    found.drift_type = schema::DriftType::modified;
    found.baseline_hash = target.known == nullptr ? "" : target.known->content_hash;
    found.collection_hash = target.artifact.content_hash;
    found.project_hash = kept.content_hash;
    found.project_tree = kept.tree_digest.vector();
    found.recommendation = "push_to_collection";
    found.profile_root = target.key.profile_root;
    writing_->Add({target.key.collection, target.key.artifact, project_->project, std::move(found)});
    return {};
  }

  Status Place(Target& target) {
    const auto known = project_->deployments.find(target.key);
    const bool recorded = known != project_->deployments.end() && !IsPeers(known->second) && known->second.tree == target.wanted.tree &&
                          known->second.path == target.wanted.path && !known->second.drift;
    if (recorded && target.change.standing.tree == target.wanted.tree) {
      Say(target, "unchanged");
      return {};
    }
    ResolveDrift(*writing_, *project_, target.key);
    for (const auto& other : target.replaced) {
      End({other.collection, other.artifact, other.profile_root}, other.path, schema::ChangeCause::redeploy);
    }
    schema::ArtifactDeployedT event;
    event.cause = target.wanted.cause;
    event.profile = target.wanted.profile;
    event.profile_root = target.wanted.profile_root;
    event.path = target.wanted.path;
    event.tree = target.artifact.tree;
    event.content_hash = target.wanted.content_hash;
    event.tags = projections::EffectiveTags(target.artifact);
    writing_->Add({state_->name(), target.artifact.id, project_->project, std::move(event)});
    RETURN_IF_ERROR(placing_->Merge(target.change));
    RETURN_IF_ERROR(placing_->Bring(target.change));
    Say(target, "deployed");
    return {};
  }

  Status Remove(Target& target) {
    End(target.key, target.wanted.path, schema::ChangeCause::command);
    RETURN_IF_ERROR(placing_->Merge(target.change));
    RETURN_IF_ERROR(placing_->Bring(target.change));
    Say(target, "undeployed");
    return {};
  }

  void End(const projections::DeploymentKey& key, const std::string& path, schema::ChangeCause cause) {
    ResolveDrift(*writing_, *project_, key);
    schema::ArtifactUndeployedT event;
    event.cause = cause;
    event.profile_root = key.profile_root;
    event.path = path;
    writing_->Add({key.collection, key.artifact, project_->project, std::move(event)});
  }

  void Say(const Target& target, std::string action) {
    DeployedItem item{target.key.artifact, target.key.profile_root + "/" + target.wanted.path, std::move(action), {}};
    const Site& site = target.change.site;
    if (!site.shared.empty()) item.merged_into = site.shared.lexically_relative(request_.project).string();
    report_.items.push_back(std::move(item));
  }

  Status Finish() {
    RETURN_IF_ERROR(placing_->BringShared());
    RETURN_IF_ERROR(writing_->Finish());
    report_.run_id = writing_->run_text();
    const auto& notes = writing_->notes();
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
    return {};
  }

  const DeployRequest& request_;
  std::unique_ptr<Writing> writing_;
  projections::CollectionState* state_ = nullptr;
  projections::ProjectState* project_ = nullptr;
  std::multimap<std::pair<std::string, std::string>, Deployment> others_;  // of other collections, by profile root and path
  std::optional<Placing> placing_;
  DeployReport report_;
};

Result<DeployReport> Run(const Context& context, const DeployRequest& request, Status (Deploying::*what)(const Context&)) {
  Deploying deploying(request);
  RETURN_IF_ERROR((deploying.*what)(context));
  return std::move(deploying).Take();
}

}  // namespace

Result<DeployReport> Deploy(const Context& context, const DeployRequest& request) {
  return Run(context, request, &Deploying::Deploy);
}

Result<DeployReport> Undeploy(const Context& context, const DeployRequest& request) {
  return Run(context, request, &Deploying::Undeploy);
}

}  // namespace skilltrail::deploy
