#include "engine/deploy/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/collection/parallel.h"
#include "engine/collection/provenance.h"
#include "engine/deploy/deployment.h"
#include "engine/deploy/records.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using collection::Content;
using projections::ArtifactState;
using projections::Deployment;
using schema::DriftType;

constexpr size_t kBatch = 64;  // contents of so many copies are held at a time

std::string PathOf(const Deployment& deployment) {
  return deployment.profile_root.empty() ? deployment.path : deployment.profile_root + "/" + deployment.path;
}

ArtifactType TypeOf(const Deployment& deployment) {
  const auto id = ParseArtifactId(deployment.artifact);
  return id.ok() ? id->type : ArtifactType::kSkill;
}

std::string HashOf(const Deployment& deployment, const Content& content) {
  if (!IsPeers(deployment)) return collection::ContentHash(content);
  return collection::ContentHash(content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); });
}

// What the peer's record is about: it never had the rest.
void DropWhatPeerDrops(Content& content) {
  if (content.single_file) return;
  std::erase_if(content.files, [](const collection::File& file) { return collection::PeerDropsOnDeploy(file.path); });
}

std::map<std::string, std::string> FieldsOf(ArtifactType type, const Content& content) {
  const auto front_matter = collection::FrontMatterOf(type, content);
  if (!front_matter) return {};
  auto fields = front_matter->scalars;
  if (!front_matter->tags.empty()) fields.emplace("tags", fmt::format("{}", fmt::join(front_matter->tags, ", ")));
  return fields;
}

void CompareFields(ArtifactType type, const Content& before, const Content& after, DriftEntry& entry) {
  if (collection::SameBlock(type, before, after)) return;
  auto was = FieldsOf(type, before);
  auto is = FieldsOf(type, after);
  std::set<std::string> names;
  for (const auto& [name, value] : was) names.insert(name);
  for (const auto& [name, value] : is) names.insert(name);
  for (const auto& name : names) {
    if (was[name] != is[name]) entry.fields.push_back({name, was[name], is[name]});
  }
}

// The tags at the deployment are known of our own records only.
void CompareTags(const Deployment& deployment, const ArtifactState& artifact, DriftEntry& entry) {
  if (IsPeers(deployment)) return;
  const auto now = projections::EffectiveTags(artifact);
  auto then = deployment.tags;
  std::sort(then.begin(), then.end());
  entry.has_tag_changes = true;
  std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(entry.tags_added));
  std::set_difference(then.begin(), then.end(), now.begin(), now.end(), std::back_inserter(entry.tags_removed));
}

bool SameFinding(const projections::OpenDrift& open, const DriftEntry& entry) {
  return open.type == entry.verdict.type && open.baseline_hash == entry.baseline_hash && open.collection_hash == entry.collection_sha &&
         open.project_hash == entry.project_sha;
}

Side Unknown(std::string why) {
  return {Side::State::kUnknown, {}, std::move(why)};
}

// Empty if the project's directory stands there.
std::string WhyGone(const fs::path& project) {
  std::error_code failed;
  if (fs::is_directory(project, failed)) return {};
  if (!failed || failed == std::errc::no_such_file_or_directory)
    return fmt::format("the project is gone: no directory {}", project.string());
  return fmt::format("cannot read {}: {}", project.string(), failed.message());
}

}  // namespace

ProjectCheck::ProjectCheck(Writing& writing, projections::ProjectState& project, const CheckedCollections& collections,
                           collection::Looks& looks, const std::string& broken)
    : writing_(writing),
      project_(project),
      dir_(project.project),
      collections_(collections),
      looks_(looks),
      copies_(project, writing.blobs()),
      untold_(broken.empty() ? WhyGone(project.project) : broken) {}

void ProjectCheck::Want(const projections::ProjectState& project, collection::Looks& looks) {
  if (!WhyGone(project.project).empty()) return;
  const fs::path dir = project.project;
  for (const auto& [key, deployment] : project.deployments) {
    if (!IsShared(deployment)) looks.Want(dir, PathOf(deployment));
  }
}

Result<DriftReport> ProjectCheck::Run(const std::string& collection, bool only_that) {
  DriftReport report;
  report.project = project_.project;
  report.collection = collection;
  report.checked_at = writing_.now();
  if (!untold_.empty()) report.notes.push_back(untold_);
  // Keys first: findings are folded into the state while we go.
  std::vector<projections::DeploymentKey> keys;
  for (const auto& [key, deployment] : project_.deployments) {
    if (!only_that || key.collection == collection) keys.push_back(key);
  }
  report.total_artifacts = keys.size();
  std::erase_if(keys, [&](const auto& key) { return StandsAsAgreed(project_.deployments.at(key)); });
  for (size_t begin = 0; begin < keys.size(); begin += kBatch) RETURN_IF_ERROR(CheckSome(std::span(keys).subspan(begin), report));
  if (untold_.empty()) ListAdded(collection, report);
  std::stable_sort(report.entries.begin(), report.entries.end(), [](const auto& a, const auto& b) { return a.artifact < b.artifact; });
  return report;
}

// Most copies: nothing is to be read, and nothing follows.
bool ProjectCheck::StandsAsAgreed(const Deployment& deployment) const {
  if (IsPeers(deployment) || IsShared(deployment) || deployment.drift || !untold_.empty()) return false;
  const auto& checked = collections_.at(deployment.collection);
  if (checked.error || checked.unreadable.contains(deployment.artifact)) return false;
  const ArtifactState* const artifact = checked.state->Find(deployment.artifact);
  if (artifact == nullptr || artifact->content_hash != deployment.content_hash) return false;
  const auto* seen = looks_.Seen(dir_, PathOf(deployment));
  return seen != nullptr && seen->ok() && **seen == deployment.tree;
}

// Contents are read and compared on every core, as far as that touches nothing that others use; what follows is added one by one.
Status ProjectCheck::CheckSome(std::span<const projections::DeploymentKey> keys, DriftReport& report) {
  keys = keys.first(std::min(keys.size(), kBatch));
  std::vector<Found> found(keys.size());
  std::vector<const Deployment*> deployments;
  std::vector<size_t> apart;
  for (const auto& key : keys) {
    const Deployment& deployment = *deployments.emplace_back(&project_.deployments.at(key));
    if (!IsPeers(deployment) && !IsShared(deployment) && looks_.Seen(dir_, PathOf(deployment)) != nullptr)
      apart.push_back(deployments.size() - 1);
  }
  RETURN_IF_ERROR(collection::OnEveryCore(apart.size(), [&](size_t i) { return Find(*deployments[apart[i]], found[apart[i]]); }));
  for (size_t i = 0; i < keys.size(); ++i) {
    // Findings are folded into the state, and what was looked at apart is a copy of nothing there.
    const Deployment& deployment = project_.deployments.at(keys[i]);
    if (!found[i].done) RETURN_IF_ERROR(Find(deployment, found[i]));
    RETURN_IF_ERROR(Record(keys[i], deployment, found[i].sides, found[i].entry));
    if (found[i].entry.verdict.type != DriftType::unspecified) report.entries.push_back(std::move(found[i].entry));
  }
  return {};
}

Status ProjectCheck::Find(const Deployment& deployment, Found& found) {
  Sides& sides = found.sides;
  DriftEntry& entry = found.entry;
  found.done = true;
  LookAtCollection(deployment, sides);
  LookAtProject(deployment, sides);
  entry.artifact = deployment.artifact;
  entry.collection = deployment.collection;
  entry.profile_root = deployment.profile_root;
  entry.baseline_hash = deployment.content_hash;
  entry.collection_sha = sides.collection.hash;
  entry.project_sha = sides.project.hash;
  entry.current_hash = sides.project.hash;
  ASSIGN_OR_RETURN(entry.verdict, Judge(deployment, sides));
  entry.error = !sides.collection.error.empty() ? sides.collection.error : sides.project.error;
  entry.last_deployed = deployment.deployed_at;
  if (sides.artifact != nullptr) {
    entry.tags_imported_at = sides.artifact->tags_imported_at;
    CompareTags(deployment, *sides.artifact, entry);
  }
  return Compare(deployment, sides, entry);
}

void ProjectCheck::LookAtCollection(const Deployment& deployment, Sides& sides) {
  const auto& checked = collections_.at(deployment.collection);
  if (checked.error) {
    sides.collection = Unknown(checked.error->message);
    return;
  }
  sides.artifact = checked.state->Find(deployment.artifact);
  if (const auto broken = checked.unreadable.find(deployment.artifact); broken != checked.unreadable.end()) {
    sides.collection = Unknown(broken->second.message);
    return;
  }
  if (sides.artifact == nullptr) return;
  if (!IsPeers(deployment)) {
    sides.collection = {Side::State::kThere, sides.artifact->content_hash, {}};
    return;
  }
  auto hash = looks_.PeerHashAt(checked.dir, sides.artifact->path);
  sides.collection = hash.ok() ? Side{Side::State::kThere, std::move(*hash), {}} : Unknown(hash.error().message);
}

void ProjectCheck::LookAtProject(const Deployment& deployment, Sides& sides) {
  if (!untold_.empty()) {
    sides.project = Unknown(untold_);
  } else if (IsShared(deployment)) {
    LookAtEntries(deployment, sides);
  } else {
    LookAtFiles(deployment, sides);
  }
}

void ProjectCheck::LookAtFiles(const Deployment& deployment, Sides& sides) {
  const std::string path = PathOf(deployment);
  const auto* seen = looks_.Seen(dir_, path);
  const auto& looked = seen != nullptr ? *seen : looks_.At(dir_, path);
  if (!looked.ok()) {
    if (looked.error().code != Code::kNotFound) sides.project = Unknown(looked.error().message);
    return;
  }
  sides.project.state = Side::State::kThere;
  if (IsPeers(deployment)) {
    auto hash = looks_.PeerHashAt(dir_, path);
    if (hash.ok() && *hash == deployment.content_hash) {
      sides.project.hash = std::move(*hash);
      return;
    }
  } else if (*looked == deployment.tree) {
    sides.project.hash = deployment.content_hash;
    return;
  }
  // What has changed is read: a digest of an earlier look only says that something is as it was.
  auto content = collection::ReadContent(dir_ / path);
  if (!content.ok()) {
    sides.project = content.error().code == Code::kNotFound ? Side() : Unknown(content.error().message);
    return;
  }
  sides.project.hash = HashOf(deployment, *content);
  sides.copy = std::move(*content);
}

void ProjectCheck::LookAtEntries(const Deployment& deployment, Sides& sides) {
  std::optional<Content> now;
  if (sides.artifact != nullptr) {
    auto content = CollectionContent(deployment, sides);
    if (content.ok()) now = std::move(*content);
  }
  auto copy = copies_.Read(deployment, now ? &*now : nullptr);
  if (!copy.ok()) {
    sides.project = Unknown(copy.error().message);
  } else if (copy->content) {
    sides.project = {Side::State::kThere, HashOf(deployment, *copy->content), {}};
    sides.copy = std::move(*copy->content);
  }
}

Result<Content> ProjectCheck::CollectionContent(const Deployment& deployment, const Sides& sides) {
  return CurrentContent(writing_, *collections_.at(deployment.collection).state, *sides.artifact);
}

// The content that was agreed, as far as anybody has it: the peer's record names but its hash.
Result<std::optional<Content>> ProjectCheck::BaselineOf(const Deployment& deployment, const Sides& sides) {
  std::optional<Content> content;
  if (!deployment.tree.zero()) {
    ASSIGN_OR_RETURN(const auto tree, collection::LoadTree(deployment.tree, writing_.blobs()));
    const Content* like = sides.copy ? &*sides.copy : nullptr;  // mostly all but a file or two
    ASSIGN_OR_RETURN(content, collection::LoadContent(tree, IsFilePath(deployment.artifact, deployment.path), writing_.blobs(), like));
  } else if (sides.artifact != nullptr && sides.collection.hash == deployment.content_hash) {
    ASSIGN_OR_RETURN(content, CollectionContent(deployment, sides));
  } else if (sides.project.hash == deployment.content_hash) {
    ASSIGN_OR_RETURN(content, collection::ReadContent(dir_ / PathOf(deployment)));
  }
  if (content && IsPeers(deployment)) DropWhatPeerDrops(*content);
  return content;
}

// The table, after other installers' keys were taken out of the way: what differs in nothing else counts as the same.
Result<Verdict> ProjectCheck::Judge(const Deployment& deployment, Sides& sides) {
  Verdict verdict = Classify(deployment.content_hash, sides.collection, sides.project);
  const bool differs = verdict.type == DriftType::modified || verdict.type == DriftType::outdated || verdict.type == DriftType::conflict;
  if (!differs) return verdict;
  ASSIGN_OR_RETURN(sides.baseline, BaselineOf(deployment, sides));
  const auto& baseline = sides.baseline;
  const ArtifactType type = TypeOf(deployment);
  Side collection = sides.collection;
  Side project = sides.project;
  std::optional<Content> current;
  if (collection.hash != deployment.content_hash) {
    ASSIGN_OR_RETURN(current, CollectionContent(deployment, sides));
    if (baseline && collection::SameButProvenance(type, *baseline, *current)) collection.hash = deployment.content_hash;
  }
  if (project.hash != deployment.content_hash && sides.copy) {
    if (baseline && collection::SameButProvenance(type, *baseline, *sides.copy)) {
      project.hash = deployment.content_hash;
    } else if (current && collection::SameButProvenance(type, *current, *sides.copy)) {
      project.hash = collection.hash;
    }
  }
  return Classify(deployment.content_hash, collection, project);
}

// Files and fields of the side that moved, against the baseline.
Status ProjectCheck::Compare(const Deployment& deployment, const Sides& sides, DriftEntry& entry) {
  const DriftType type = entry.verdict.type;
  const bool outdated = type == DriftType::outdated;
  if (!outdated && type != DriftType::modified && type != DriftType::conflict) return {};
  const auto& baseline = sides.baseline;
  if (!baseline) return {};
  std::optional<Content> after = sides.copy;
  if (outdated) {
    ASSIGN_OR_RETURN(after, CollectionContent(deployment, sides));
  }
  if (!after) return {};
  if (IsPeers(deployment)) DropWhatPeerDrops(*after);
  entry.files = collection::CompareTrees(collection::Describe(*baseline).tree, collection::Describe(*after).tree);
  CompareFields(TypeOf(deployment), *baseline, *after, entry);
  return {};
}

// Appends what changed since the last check: opened, resolved, converged. A copy that could not be read says nothing either way.
Status ProjectCheck::Record(const projections::DeploymentKey& key, const Deployment& deployment, const Sides& sides, DriftEntry& entry) {
  const DriftType type = entry.verdict.type;
  if (type == DriftType::unknown) return {};
  std::optional<projections::OpenDrift> open;
  if (const auto* found = project_.DriftOf(key); found != nullptr) open = *found;
  const bool stays = open && open->type == type;
  if (stays) entry.modification_detected_at = open->detected_at;
  if (stays && SameFinding(*open, entry)) return {};
  if (open && !stays) ResolveDrift(writing_, project_, key);
  if (entry.verdict.converged) {
    schema::BaselineMovedT moved;
    moved.cause = schema::ChangeCause::converged;
    moved.tree = sides.artifact->tree;
    moved.content_hash_before = deployment.content_hash;
    moved.content_hash = sides.collection.hash;
    moved.tags = projections::EffectiveTags(*sides.artifact);
    moved.profile_root = key.profile_root;
    writing_.Add({key.collection, key.artifact, project_.project, std::move(moved)});
  }
  if (type == DriftType::unspecified) return {};
  // What the agents ran is kept, so that it can be shown and restored.
  Digest project_tree;
  if (sides.copy && (type == DriftType::modified || type == DriftType::conflict)) {
    ASSIGN_OR_RETURN(const auto kept, writing_.Keep(*sides.copy));
    project_tree = kept.tree_digest;
  }
  AddFinding(key, entry, project_tree);
  // A look records nothing, so what it finds has no time yet.
  if (!writing_.dry_run()) entry.modification_detected_at = project_.DriftOf(key)->detected_at;
  return {};
}

void ProjectCheck::AddFinding(const projections::DeploymentKey& key, const DriftEntry& entry, const Digest& project_tree) {
  schema::DriftDetectedT found;
  found.drift_type = entry.verdict.type;
  found.baseline_hash = entry.baseline_hash;
  found.collection_hash = entry.collection_sha;
  found.project_hash = entry.project_sha;
  found.recommendation = entry.verdict.recommendation;
  found.profile_root = key.profile_root;
  if (!project_tree.zero()) found.project_tree = project_tree.vector();
  writing_.Add({key.collection, key.artifact, project_.project, std::move(found)});
}

// What the collection holds and this project never had.
void ProjectCheck::ListAdded(const std::string& collection, DriftReport& report) {
  const auto checked = collections_.find(collection);
  if (checked == collections_.end() || checked->second.state == nullptr) return;
  std::set<std::string> deployed;
  for (const auto& [key, deployment] : project_.deployments) {
    if (key.collection == collection) deployed.insert(key.artifact);
  }
  for (const auto* artifact : checked->second.state->artifacts()) {
    if (deployed.contains(artifact->id)) continue;
    DriftEntry entry;
    entry.artifact = artifact->id;
    entry.collection = collection;
    entry.verdict = {DriftType::added, false, "deploy_to_project", "sync"};
    entry.collection_sha = artifact->content_hash;
    entry.tags_imported_at = artifact->tags_imported_at;
    report.entries.push_back(std::move(entry));
  }
}

}  // namespace skilltrail::deploy
