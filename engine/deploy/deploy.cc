#include "engine/deploy/deploy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/collection/capture.h"
#include "engine/deploy/deployment.h"
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
  Site site;                          // of `wanted`
  StandingCopy standing;
  collection::Content own;  // what is to stand at the site's own path, of one with entries in a shared file
  SharedEntries entries;    // and there
  StandingCopy elsewhere;   // the copy that the known deployment has at another path
  fs::path elsewhere_path;  // empty: none
  Digest tree() const { return wanted.tree; }
  bool shared() const { return !site.shared.empty(); }
};

Status CheckDeployable(const ArtifactId& id) {
  if (id.type != ArtifactType::kWorkflow && id.type != ArtifactType::kComposite) return {};
  return Error{Code::kUsage, fmt::format("{}: a {} cannot be deployed", id.text(), TypeName(id.type)), {}};
}

class Deploying {
 public:
  explicit Deploying(const DeployRequest& request) : request_(request) {}

  Status Open(const Context& context) {
    ASSIGN_OR_RETURN(writing_, Writing::Open(context));
    ASSIGN_OR_RETURN(state_, writing_->Collection(""));
    ASSIGN_OR_RETURN(project_, writing_->Project(request_.project));
    RETURN_IF_ERROR(TakeInRecords(*writing_, *project_));
    ASSIGN_OR_RETURN(const CaptureReport captured, Capture(*writing_, state_->name()));
    copies_.emplace(*project_, writing_->blobs());
    report_.collection = state_->name();
    report_.project = request_.project;
    return {};
  }

  Status Deploy() {
    ASSIGN_OR_RETURN(const Profile profile, FindProfile(request_.profile.empty() ? "claude_code" : request_.profile));
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      ASSIGN_OR_RETURN(const std::string id, Reading::Find(*state_, artifact));
      ASSIGN_OR_RETURN(const ArtifactId parsed, ParseArtifactId(id));
      RETURN_IF_ERROR(CheckDeployable(parsed));
      targets.push_back(AimAt(*state_->Find(id), profile, parsed));
    }
    Order(targets);
    for (auto& target : targets) {
      skilltrail::Report(writing_->context(), "looking at the project", static_cast<uint64_t>(&target - targets.data()), targets.size());
      RETURN_IF_ERROR(Look(target));
    }
    RETURN_IF_ERROR(ClaimEntries(targets));
    RETURN_IF_ERROR(RefuseEdits(targets));
    for (auto& target : targets) RETURN_IF_ERROR(Place(target));
    return Finish();
  }

  Status Undeploy() {
    std::string root;
    if (!request_.profile.empty()) {
      ASSIGN_OR_RETURN(const Profile profile, FindProfile(request_.profile));
      root = profile.root;
    }
    std::vector<Target> targets;
    for (const auto& artifact : request_.artifacts) {
      Target target;
      ASSIGN_OR_RETURN(target.key, FindDeployment(*project_, state_->name(), root, artifact));
      target.known = &project_->deployments.at(target.key);
      target.wanted = *target.known;
      target.wanted.tree = {};
      target.site = SiteOf(request_.project, *target.known);
      targets.push_back(std::move(target));
    }
    Order(targets);
    for (auto& target : targets) {
      ASSIGN_OR_RETURN(target.standing, copies_->Read(*target.known, nullptr));
    }
    RETURN_IF_ERROR(ClaimEntries(targets));
    RETURN_IF_ERROR(RefuseEdits(targets));
    for (auto& target : targets) RETURN_IF_ERROR(Remove(target));
    return Finish();
  }

  DeployReport Take() && { return std::move(report_); }

 private:
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
    target.site = SiteOf(request_.project, target.wanted);
    return target;
  }

  // What stands there now, and for one with entries in a shared file what of it goes where.
  Status Look(Target& target) {
    Deployment there = target.wanted;
    there.tree = target.known == nullptr ? Digest{} : target.known->tree;
    std::optional<collection::Content> now;
    if (target.shared()) {
      ASSIGN_OR_RETURN(now, CurrentContent(*writing_, *state_, target.artifact));
      RETURN_IF_ERROR(Part(target, *now));
    }
    ASSIGN_OR_RETURN(target.standing, copies_->Read(there, now ? &*now : nullptr));
    if (target.known == nullptr) return {};
    const Site known = SiteOf(request_.project, *target.known);
    if (known.own == target.site.own && known.shared == target.site.shared) return {};
    ASSIGN_OR_RETURN(target.elsewhere, copies_->Read(*target.known, nullptr));
    target.elsewhere_path = known.own;
    return {};
  }

  Status Part(Target& target, const collection::Content& content) {
    target.own = content;
    const collection::File* file = DefinitionFile(target.site.kind, content);
    if (file != nullptr) {
      ASSIGN_OR_RETURN(const Definition definition, ReadDefinition(target.artifact.id, target.site.kind, *file));
      target.entries = definition.entries();
      if (!definition.left_out().empty()) {
        report_.notes.push_back(fmt::format("{}: of its {} only the {} are merged, not {}", target.artifact.id, file->path,
                                            target.site.kind == SharedKind::kHooks ? "hooks" : "servers",
                                            fmt::join(definition.left_out(), ", ")));
      }
      std::erase_if(target.own.files, [&](const auto& one) { return one.path == file->path; });
    }
    if (!target.entries.empty() || !target.own.files.empty()) return {};
    return Error{Code::kUsage,
                 fmt::format("{} has nothing to deploy: {}", target.artifact.id,
                             file == nullptr ? "it has no files" : fmt::format("its {} is without entries", file->path)),
                 {}};
  }

  // From here on the shared files know who holds what when the command is done.
  Status ClaimEntries(std::vector<Target>& targets) {
    for (const auto& target : targets) {
      if (target.known == nullptr || !IsShared(*target.known)) continue;
      ASSIGN_OR_RETURN(SharedFile * file, copies_->Shared(SiteOf(request_.project, *target.known)));
      ASSIGN_OR_RETURN(const SharedEntries entries, copies_->BaselineEntries(*target.known));
      file->Release(target.site.kind, entries);
    }
    for (const auto& target : targets) {
      if (!target.shared() || target.entries.empty()) continue;
      ASSIGN_OR_RETURN(SharedFile * file, copies_->Shared(target.site));
      if (const auto contested = file->Contested(target.site.kind, target.entries); !contested.empty()) {
        return Error{Code::kConflict,
                     fmt::format("{} and another deployed artifact both have a server \"{}\" in {}", target.artifact.id, contested.front(),
                                 target.site.shared.string()),
                     "undeploy the other one, or rename the server"};
      }
      file->Claim(target.site.kind, target.entries);
    }
    return {};
  }

  // True if all that stands there is to stand there afterwards: then nothing of it can be lost.
  static bool StandsWanted(const Target& target) {
    const StandingCopy& standing = target.standing;
    if (!target.shared() || standing.tree == target.tree()) return standing.tree == target.tree();
    const bool own = standing.own.zero() || (!target.own.files.empty() && standing.own == collection::Describe(target.own).tree_digest);
    return own && std::all_of(standing.entries.begin(), standing.entries.end(), [&](const SharedEntry& entry) {
             return std::find(target.entries.begin(), target.entries.end(), entry) != target.entries.end();
           });
  }

  // A local edit in the way: refused, or its bytes are kept first.
  Status RefuseEdits(std::vector<Target>& targets) {
    std::vector<std::string> edited;
    for (auto& target : targets) {
      if (!StandsWanted(target)) RETURN_IF_ERROR(RefuseEdit(target, target.standing, target.site, edited));
      if (!target.elsewhere_path.empty()) {
        RETURN_IF_ERROR(RefuseEdit(target, target.elsewhere, SiteOf(request_.project, *target.known), edited));
      }
    }
    if (edited.empty()) return {};
    return Error{Code::kConflict, fmt::format("would overwrite local edits: {}", fmt::join(edited, ", ")),
                 "--overwrite keeps their bytes in the log and goes on"};
  }

  Status RefuseEdit(const Target& target, const StandingCopy& copy, const Site& site, std::vector<std::string>& edited) {
    if (!copy.content || (target.known != nullptr && Untouched(*target.known, copy))) return {};
    if (!request_.overwrite) {
      edited.push_back((copy.own.zero() && !site.shared.empty() ? site.shared : site.own).string());
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
    writing_->Add({state_->name(), target.key.artifact, project_->project, std::move(found)});
    return {};
  }

  Status Place(Target& target) {
    const auto known = project_->deployments.find(target.key);
    const bool recorded = known != project_->deployments.end() && !IsPeers(known->second) && known->second.tree == target.tree() &&
                          known->second.path == target.wanted.path && !known->second.drift;
    if (recorded && target.standing.tree == target.tree()) {
      Say(target, "unchanged");
      return {};
    }
    ResolveDrift(*writing_, *project_, target.key);
    schema::ArtifactDeployedT event;
    event.cause = target.wanted.cause;
    event.profile = target.wanted.profile;
    event.profile_root = target.wanted.profile_root;
    event.path = target.wanted.path;
    event.tree = target.artifact.tree;
    event.content_hash = target.wanted.content_hash;
    event.tags = projections::EffectiveTags(target.artifact);
    writing_->Add({state_->name(), target.artifact.id, project_->project, std::move(event)});
    if (!target.elsewhere_path.empty()) Bring(target, target.elsewhere_path, target.elsewhere.own, {});
    Digest own = target.tree();
    if (target.shared()) {
      RETURN_IF_ERROR(Merge(target));
      own = {};
      if (!target.own.files.empty()) {
        ASSIGN_OR_RETURN(const collection::Version kept, writing_->Keep(target.own));
        own = kept.tree_digest;
      }
    }
    Bring(target, target.site.own, target.standing.own, own);
    Say(target, "deployed");
    return {};
  }

  Status Remove(Target& target) {
    ResolveDrift(*writing_, *project_, target.key);
    schema::ArtifactUndeployedT event;
    event.cause = schema::ChangeCause::command;
    event.profile_root = target.key.profile_root;
    event.path = target.wanted.path;
    writing_->Add({state_->name(), target.key.artifact, project_->project, std::move(event)});
    if (target.shared()) RETURN_IF_ERROR(Merge(target));
    Bring(target, target.site.own, target.standing.own, {});
    Say(target, "undeployed");
    return {};
  }

  // Its entries into the shared file in memory, in the place of those that stand there.
  Status Merge(const Target& target) {
    ASSIGN_OR_RETURN(SharedFile * file, copies_->Shared(target.site));
    if (!target.entries.empty()) file->Release(target.site.kind, target.entries);
    file->Replace(target.site.kind, target.standing.entries, target.entries);
    if (!target.entries.empty()) file->Claim(target.site.kind, target.entries);
    return {};
  }

  void Bring(const Target& target, const fs::path& path, const Digest& before, const Digest& after) {
    if (before != after) writing_->AddFileWork({path, before, after, state_->name(), target.key.artifact});
  }

  // Each shared file changes once, whatever came into it.
  Status BringShared() {
    for (const auto& [path, file] : copies_->files()) {
      const std::string bytes = file.Bytes();
      if (bytes == file.text()) continue;
      const auto content_of = [&](std::string text) {
        collection::Content content;
        content.single_file = true;
        content.files.push_back({file.path().filename().string(), false, std::move(text)});
        return content;
      };
      Digest after;
      if (!bytes.empty()) {
        ASSIGN_OR_RETURN(const collection::Version kept, writing_->Keep(content_of(bytes)));
        after = kept.tree_digest;
      }
      const Digest before = file.existed() ? collection::Describe(content_of(file.text())).tree_digest : Digest{};
      writing_->AddFileWork({file.path(), before, after, {}, {}});
    }
    return {};
  }

  void Say(const Target& target, std::string action) {
    DeployedItem item{target.key.artifact, target.key.profile_root + "/" + target.wanted.path, std::move(action), {}};
    if (target.shared()) item.merged_into = target.site.shared.lexically_relative(request_.project).string();
    report_.items.push_back(std::move(item));
  }

  Status Finish() {
    RETURN_IF_ERROR(BringShared());
    RETURN_IF_ERROR(writing_->Finish());
    report_.run_id = writing_->run_text();
    const auto& notes = writing_->notes();
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
    if (writing_->dry_run()) return {};
    return WriteRecords(*project_);
  }

  const DeployRequest& request_;
  std::unique_ptr<Writing> writing_;
  projections::CollectionState* state_ = nullptr;
  projections::ProjectState* project_ = nullptr;
  std::optional<ProjectCopies> copies_;
  DeployReport report_;
};

Result<DeployReport> Run(const Context& context, const DeployRequest& request, Status (Deploying::*what)()) {
  Deploying deploying(request);
  RETURN_IF_ERROR(deploying.Open(context));
  RETURN_IF_ERROR((deploying.*what)());
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
