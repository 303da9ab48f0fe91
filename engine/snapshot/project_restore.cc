#include "engine/snapshot/project_restore.h"

#include <fmt/format.h>

#include <set>
#include <system_error>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/content.h"
#include "engine/deploy/records.h"
#include "engine/session/writing.h"
#include "engine/snapshot/beside.h"
#include "engine/snapshot/plan.h"
#include "engine/snapshot/project_past.h"
#include "engine/snapshot/targets.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using projections::Deployment;
using projections::DeploymentKey;
using projections::ProjectState;
using Action = PlannedArtifact::Action;

// What stands at a copy's path now.
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

// A copy of the peer's, whose content nobody kept, is known by its hash alone.
bool ShowsPeersCopy(const Deployment& deployment, const Standing& standing) {
  return standing.content && deploy::IsPeers(deployment) && collection::ContentHash(*standing.content, [](std::string_view path) {
                                                              return !collection::PeerDropsOnDeploy(path);
                                                            }) == deployment.content_hash;
}

// One copy: then, now, and what its paths show.
struct Copy {
  DeploymentKey key;
  const PastCopy* past = nullptr;     // null: it is to go
  std::optional<Deployment> present;  // nothing: it is not deployed
  std::string path;                   // where it is to stand, or stood; relative to the profile root
  Standing standing;                  // there
  Standing elsewhere;                 // at the path it has now, where that is another
  Digest target;                      // what is to stand at `path`; zero: nothing
  PlannedArtifact planned;
};

class ProjectRestore {
 public:
  ProjectRestore(Writing& writing, const RestoreRequest& request, const ProjectPast& past, ProjectState& project)
      : writing_(writing), request_(request), past_(past), project_(project) {}

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
      if (copy.planned.action == Action::kKeep) continue;
      RETURN_IF_ERROR(CaptureEdit(copy, copy.standing));
      RETURN_IF_ERROR(CaptureEdit(copy, copy.elsewhere));
    }
    writing_.EndRun();
    return {};
  }

  Status Check() {
    std::vector<Target> targets;
    for (const auto& copy : copies_) {
      if (copy.planned.action == Action::kKeep) continue;
      if (!copy.elsewhere.tree.zero()) targets.push_back({AbsoluteOf(copy.key, copy.present->path), {}, false});
      collection::Tree tree;
      if (!copy.target.zero()) {
        ASSIGN_OR_RETURN(tree, collection::LoadTree(copy.target, writing_.blobs()));
        RETURN_IF_ERROR(CheckTreeBlobs(writing_.reading(), copy.key.artifact, tree));
      }
      if (copy.target == copy.standing.tree) continue;
      targets.push_back({AbsoluteOf(copy.key, copy.path), std::move(tree), false});
    }
    return CheckTargets(targets);
  }

  void AddEvents() {
    for (const auto& copy : copies_) {
      if (copy.planned.action == Action::kKeep) continue;
      ResolveDrift(copy.key);
      copy.past == nullptr ? AddRemoval(copy) : AddDeployment(copy);
    }
  }

  std::vector<PlannedArtifact> Plan() const {
    std::vector<PlannedArtifact> plan;
    for (const auto& copy : copies_) plan.push_back(copy.planned);
    return plan;
  }

 private:
  fs::path AbsoluteOf(const DeploymentKey& key, const std::string& path) const { return request_.project / key.profile_root / path; }

  Status ReadOne(const DeploymentKey& key) {
    Copy copy{key, nullptr, {}, {}, {}, {}, {}, {}};
    if (const auto then = past_.find(key); then != past_.end()) copy.past = &then->second;
    if (const auto now = project_.deployments.find(key); now != project_.deployments.end()) copy.present = now->second;
    copy.path = copy.past != nullptr ? copy.past->deployment.path : copy.present->path;
    ASSIGN_OR_RETURN(copy.standing, Look(AbsoluteOf(key, copy.path)));
    if (copy.present && copy.present->path != copy.path) {
      ASSIGN_OR_RETURN(copy.elsewhere, Look(AbsoluteOf(key, copy.present->path)));
    }
    if (copy.past != nullptr) {
      copy.target = copy.past->tree;
      if (copy.target.zero()) {
        if (!ShowsPeersCopy(copy.past->deployment, copy.standing)) {
          return Error{Code::kFailed,
                       fmt::format("{} cannot be restored in {}: another tool deployed it, and its content was not kept", key.artifact,
                                   request_.project.string()),
                       "name the artifacts to restore, without this one"};
        }
        copy.target = copy.standing.tree;
      }
    }
    RETURN_IF_ERROR(PlanOne(copy));
    copies_.push_back(std::move(copy));
    return {};
  }

  Status PlanOne(Copy& copy) {
    copy.planned.artifact = copy.key.artifact;
    collection::Tree before, after;
    if (copy.standing.content) before = collection::Describe(*copy.standing.content).tree;
    if (copy.target == copy.standing.tree) {
      after = before;
    } else if (!copy.target.zero()) {
      ASSIGN_OR_RETURN(after, collection::LoadTree(copy.target, writing_.blobs()));
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
      copy.planned.action = agreed && copy.target == copy.standing.tree ? Action::kKeep : Action::kUpdate;
    }
    return {};
  }

  Status CaptureEdit(const Copy& copy, const Standing& standing) {
    if (!standing.content || standing.tree == copy.target) return {};
    if (copy.present && (standing.tree == copy.present->tree || ShowsPeersCopy(*copy.present, standing))) return {};
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

  // A finding ends with the copy that it was about.
  void ResolveDrift(const DeploymentKey& key) {
    const projections::OpenDrift* open = project_.DriftOf(key);
    if (open == nullptr) return;
    schema::DriftResolvedT resolved;
    resolved.drift_type = open->type;
    resolved.detected_seq = open->detected_seq;
    resolved.profile_root = key.profile_root;
    writing_.Add({key.collection, key.artifact, project_.project, std::move(resolved)});
  }

  void AddRemoval(const Copy& copy) {
    schema::ArtifactUndeployedT event;
    event.cause = schema::ChangeCause::restore;
    event.profile_root = copy.key.profile_root;
    event.path = copy.path;
    writing_.Add({copy.key.collection, copy.key.artifact, project_.project, std::move(event)});
    AddWork(copy.key, copy.path, copy.standing.tree, {});
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
    if (copy.present && copy.present->path != copy.path) AddWork(copy.key, copy.present->path, copy.elsewhere.tree, {});
    AddWork(copy.key, copy.path, copy.standing.tree, copy.target);
  }

  void AddWork(const DeploymentKey& key, const std::string& path, const Digest& before, const Digest& after) {
    if (before != after) writing_.AddFileWork({AbsoluteOf(key, path), before, after, key.collection, key.artifact});
  }

  Writing& writing_;
  const RestoreRequest& request_;
  const ProjectPast& past_;
  ProjectState& project_;
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
  restore.AddEvents();
  RETURN_IF_ERROR(writing->Finish());
  report.applied = !context.dry_run;
  report.run_id = writing->run_text();
  report.notes = writing->notes();
  if (!context.dry_run) RETURN_IF_ERROR(deploy::WriteRecords(*project));
  return report;
}

Result<RestoreReport> RestoreProjectBeside(const Context& context, const RestoreRequest& request) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
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
