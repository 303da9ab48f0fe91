#include "engine/snapshot/project_restore.h"

#include <fmt/format.h>

#include <set>
#include <system_error>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/content.h"
#include "engine/deploy/deployment.h"
#include "engine/deploy/placing.h"
#include "engine/deploy/records.h"
#include "engine/session/writing.h"
#include "engine/snapshot/beside.h"
#include "engine/snapshot/plan.h"
#include "engine/snapshot/project_past.h"
#include "engine/snapshot/targets.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using deploy::CopyChange;
using deploy::StandingCopy;
using projections::Deployment;
using projections::DeploymentKey;
using projections::ProjectState;
using Action = PlannedArtifact::Action;

// A copy of the peer's, whose content nobody kept, is known by its hash alone.
bool ShowsPeersCopy(const Deployment& deployment, const StandingCopy& standing) {
  return standing.content && deploy::IsPeers(deployment) && deploy::Untouched(deployment, standing);
}

// One copy: then, now, and the way there.
struct Copy {
  DeploymentKey key;
  const PastCopy* past = nullptr;     // null: it is to go
  std::optional<Deployment> present;  // nothing: it is not deployed
  CopyChange change;
  PlannedArtifact planned;

  bool kept() const { return planned.action == Action::kKeep; }
};

class ProjectRestore {
 public:
  ProjectRestore(Writing& writing, const RestoreRequest& request, const ProjectPast& past, ProjectState& project)
      : writing_(writing), request_(request), past_(past), project_(project), placing_(writing, project) {}

  Status Read(const Moment& moment) {
    std::set<DeploymentKey> keys;
    for (const auto& [key, copy] : past_) keys.insert(key);
    for (const auto& [key, deployment] : project_.deployments) {
      if (Wanted(writing_.reading(), key, request_.artifacts, moment)) keys.insert(key);
    }
    for (const auto& key : keys) RETURN_IF_ERROR(ReadOne(key));
    return {};
  }

  // Copies that a person edited since they were last recorded are kept first, in a run of their own.
  Status CaptureEdits() {
    for (const auto& copy : copies_) {
      if (copy.kept()) continue;
      RETURN_IF_ERROR(CaptureEdit(copy, copy.change.standing));
      if (copy.change.former) RETURN_IF_ERROR(CaptureEdit(copy, copy.change.elsewhere));
    }
    writing_.EndRun();
    return {};
  }

  // Entries go into their files in memory, and nothing is written.
  Status Check() {
    std::vector<const CopyChange*> changes;
    for (const auto& copy : copies_) {
      if (!copy.kept()) changes.push_back(&copy.change);
    }
    RETURN_IF_ERROR(placing_.Claim(changes));
    std::vector<Target> targets;
    for (const auto* change : changes) {
      if (!change->tree.zero()) {
        ASSIGN_OR_RETURN(const collection::Tree tree, TreeOf(change->tree, change->standing));
        RETURN_IF_ERROR(CheckTreeBlobs(writing_.reading(), change->key.artifact, tree));
      }
      ASSIGN_OR_RETURN(const auto paths, placing_.Check(*change));
      for (const auto& path : paths) {
        Target target{path, {}, false, false};
        if (change->shared()) {
          target.tree = collection::Describe(change->own).tree;
        } else if (!change->own_tree.zero() && path == change->site.own) {
          ASSIGN_OR_RETURN(target.tree, TreeOf(change->own_tree, change->standing));
        }
        targets.push_back(std::move(target));
      }
      RETURN_IF_ERROR(placing_.Merge(*change));
    }
    for (const auto& path : placing_.SharedPaths()) targets.push_back({path, {}, false, true});
    return CheckTargets(targets);
  }

  Status AddEvents() {
    bool any = false;
    for (const auto& copy : copies_) {
      if (copy.kept()) continue;
      deploy::ResolveDrift(writing_, project_, copy.key);
      copy.past == nullptr ? AddRemoval(copy) : AddDeployment(copy);
      RETURN_IF_ERROR(placing_.Bring(copy.change));
      any = true;
    }
    return any ? placing_.BringShared() : Status();
  }

  std::vector<PlannedArtifact> Plan() const {
    std::vector<PlannedArtifact> plan;
    for (const auto& copy : copies_) plan.push_back(copy.planned);
    return plan;
  }

 private:
  // What stands may be the peer's, which no blob holds.
  Result<collection::Tree> TreeOf(const Digest& digest, const StandingCopy& standing) {
    if (standing.content && digest == standing.tree) return collection::Describe(*standing.content).tree;
    return collection::LoadTree(digest, writing_.blobs());
  }

  Status ReadOne(const DeploymentKey& key) {
    Copy copy{key, nullptr, {}, {}, {}};
    if (const auto then = past_.find(key); then != past_.end()) copy.past = &then->second;
    if (const auto now = project_.deployments.find(key); now != project_.deployments.end()) copy.present = now->second;
    Deployment wanted = copy.past != nullptr ? copy.past->deployment : *copy.present;
    wanted.tree = copy.past != nullptr ? copy.past->tree : Digest{};
    std::optional<collection::Content> next;
    if (copy.past != nullptr && deploy::IsShared(wanted)) {
      ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(wanted.tree, writing_.blobs()));
      ASSIGN_OR_RETURN(next, collection::LoadContent(tree, false, writing_.blobs()));
    }
    ASSIGN_OR_RETURN(copy.change, placing_.Look(wanted, next ? &*next : nullptr));
    if (copy.past != nullptr && copy.change.tree.zero()) {
      if (!ShowsPeersCopy(copy.past->deployment, copy.change.standing)) {
        return Error{Code::kFailed,
                     fmt::format("{} cannot be restored in {}: another tool deployed it, and its content was not kept", key.artifact,
                                 request_.project.string()),
                     "name the artifacts to restore, without this one"};
      }
      copy.change.tree = copy.change.own_tree = copy.change.standing.tree;
    }
    // Nothing leads back to what was never deployed here.
    const StandingCopy& standing = copy.change.standing;
    if (!copy.present && standing.content && !copy.change.StandsWanted()) {
      const deploy::Site& site = copy.change.site;
      return Error{Code::kConflict,
                   fmt::format("{} is in the way: {} is not deployed there now, and something else stands there",
                               (standing.own.zero() && !site.shared.empty() ? site.shared : site.own).string(), key.artifact),
                   "move it elsewhere, or restore beside with --to DIR"};
    }
    RETURN_IF_ERROR(PlanOne(copy));
    copies_.push_back(std::move(copy));
    return {};
  }

  Status PlanOne(Copy& copy) {
    copy.planned.artifact = copy.key.artifact;
    const StandingCopy& standing = copy.change.standing;
    collection::Tree before, after;
    if (standing.content) before = collection::Describe(*standing.content).tree;
    if (!copy.change.tree.zero()) {
      ASSIGN_OR_RETURN(after, TreeOf(copy.change.tree, standing));
    }
    CountFiles(before, after, copy.planned);
    if (copy.past == nullptr) {
      copy.planned.action = Action::kRemove;
    } else if (!copy.present) {
      copy.planned.action = Action::kCreate;
    } else {
      const Deployment& then = copy.past->deployment;
      const bool agreed = then.tree == copy.present->tree && then.content_hash == copy.present->content_hash &&
                          then.path == copy.present->path && then.tags == copy.present->tags;
      copy.planned.action = agreed && copy.change.tree == standing.tree ? Action::kKeep : Action::kUpdate;
    }
    return {};
  }

  Status CaptureEdit(const Copy& copy, const StandingCopy& standing) {
    if (!standing.content || standing.tree == copy.change.tree) return {};
    if (copy.present && deploy::Untouched(*copy.present, standing)) return {};
    const std::string hash = collection::ContentHash(*standing.content);
    const projections::OpenDrift* open = project_.DriftOf(copy.key);
    if (open != nullptr && open->project_hash == hash) return {};  // a check has recorded these very bytes
    ASSIGN_OR_RETURN(const collection::Version kept, writing_.Keep(*standing.content));
    schema::DriftDetectedT found;
    found.drift_type = schema::DriftType::modified;
    found.baseline_hash = copy.present ? copy.present->content_hash : "";
    found.project_hash = kept.content_hash;
    found.project_tree = kept.tree_digest.vector();
    found.recommendation = "push_to_collection";
    found.profile_root = copy.key.profile_root;
    writing_.Add({copy.key.collection, copy.key.artifact, project_.project, std::move(found)});
    writing_.notes().push_back(fmt::format("{} was edited in {}: the edit was kept", copy.key.artifact, request_.project.string()));
    return {};
  }

  void AddRemoval(const Copy& copy) {
    schema::ArtifactUndeployedT event;
    event.cause = schema::ChangeCause::restore;
    event.profile_root = copy.key.profile_root;
    event.path = copy.present->path;
    writing_.Add({copy.key.collection, copy.key.artifact, project_.project, std::move(event)});
  }

  void AddDeployment(const Copy& copy) {
    const Deployment& then = copy.past->deployment;
    schema::ArtifactDeployedT event;
    event.cause = deploy::IsPeers(then) ? schema::ChangeCause::adopt : schema::ChangeCause::restore;
    event.profile = then.profile;
    event.profile_root = then.profile_root;
    event.path = then.path;
    if (!then.tree.zero()) event.tree = then.tree.vector();
    event.content_hash = then.content_hash;
    event.tags = then.tags;
    writing_.Add({copy.key.collection, copy.key.artifact, project_.project, std::move(event)});
    if (copy.past->finding) writing_.Add({copy.key.collection, copy.key.artifact, project_.project, *copy.past->finding});
  }

  Writing& writing_;
  const RestoreRequest& request_;
  const ProjectPast& past_;
  ProjectState& project_;
  deploy::Placing placing_;
  std::vector<Copy> copies_;
};

}  // namespace

Result<RestoreReport> RestoreProject(const Context& context, const RestoreRequest& request) {
  std::error_code failed;
  if (!fs::is_directory(request.project, failed)) {
    return Error{Code::kNotFound, fmt::format("no directory {}", request.project.string()), "make it, or restore beside with --to DIR"};
  }
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  ASSIGN_OR_RETURN(const Moment moment, writing->reading().At());
  ASSIGN_OR_RETURN(const ProjectPast past, ReadProjectPast(writing->reading(), request.project, request.artifacts, moment));
  ASSIGN_OR_RETURN(ProjectState* const project, writing->Project(request.project));
  writing->RestateRecords(request.project);
  RETURN_IF_ERROR(deploy::TakeInRecords(*writing, *project));
  ProjectRestore restore(*writing, request, past, *project);
  RETURN_IF_ERROR(restore.Read(moment));
  RETURN_IF_ERROR(restore.Check());
  RETURN_IF_ERROR(restore.CaptureEdits());
  RestoreReport report;
  report.as_of = moment;
  report.project = request.project;
  report.plan = restore.Plan();
  report.safety_seq = context.dry_run ? writing->reading().log().head() : writing->next_seq() - 1;
  RETURN_IF_ERROR(restore.AddEvents());
  RETURN_IF_ERROR(writing->Finish());
  report.applied = !context.dry_run;
  report.run_id = writing->run_text();
  report.notes = writing->notes();
  return report;
}

Result<RestoreReport> RestoreProjectBeside(const Context& context, const RestoreRequest& request) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  RETURN_IF_ERROR(CheckOutsideCollections(*reading, request.to));
  ASSIGN_OR_RETURN(const Moment moment, reading->At());
  ASSIGN_OR_RETURN(const ProjectPast past, ReadProjectPast(*reading, request.project, request.artifacts, moment));
  RestoreReport report;
  report.as_of = moment;
  report.project = request.project;
  report.safety_seq = reading->log().head();
  std::vector<BesideItem> items;
  for (const auto& [key, copy] : past) {
    if (copy.tree.zero()) {
      return Error{Code::kFailed,
                   fmt::format("{} cannot be restored: another tool deployed it, and its content was not kept", key.artifact),
                   "name the artifacts to restore, without this one"};
    }
    ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(copy.tree, reading->blobs()));
    PlannedArtifact planned{key.artifact, Action::kCreate, 0, 0};
    CountFiles({}, tree, planned);
    report.plan.push_back(std::move(planned));
    items.push_back({key.artifact, fs::path(key.profile_root) / copy.deployment.path, copy.tree});
  }
  if (context.dry_run) return report;
  RETURN_IF_ERROR(WriteBeside(*reading, items, request.to));
  report.applied = true;
  return report;
}

}  // namespace skilltrail::snapshot
