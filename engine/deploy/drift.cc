#include "engine/deploy/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

#include "engine/collection/capture.h"
#include "engine/collection/front_matter.h"
#include "engine/deploy/deployment.h"
#include "engine/deploy/records.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using projections::ArtifactState;
using projections::Deployment;
using schema::DriftType;

std::string HashFor(const Deployment& deployment, const collection::Content& content) {
  if (!IsPeers(deployment)) return collection::ContentHash(content);
  return collection::ContentHash(content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); });
}

std::map<std::string, std::string> FieldsOf(const std::string& artifact, const collection::Content& content) {
  auto id = ParseArtifactId(artifact);
  if (!id.ok()) return {};
  const auto front_matter = collection::FrontMatterOf(id->type, content);
  return front_matter ? collection::StatedMetadata(*front_matter) : std::map<std::string, std::string>();
}

void CompareFields(const std::string& artifact, const collection::Content& before, const collection::Content& after, DriftEntry& entry) {
  auto was = FieldsOf(artifact, before);
  auto is = FieldsOf(artifact, after);
  std::set<std::string> names;
  for (const auto& [name, value] : was) names.insert(name);
  for (const auto& [name, value] : is) names.insert(name);
  for (const auto& name : names) {
    if (was[name] != is[name]) entry.fields.push_back({name, was[name], is[name]});
  }
}

// The states and findings of one project, held by one writing.
class Check {
 public:
  Check(Writing& writing, projections::ProjectState& project, const std::map<std::string, std::string>& unreadable)
      : writing_(writing), project_(project), unreadable_(unreadable), on_disk_(project, writing.blobs()) {}

  Result<DriftReport> Run(const std::string& collection, bool only_that) {
    DriftReport report;
    report.project = project_.project;
    report.collection = collection;
    report.checked_at = writing_.now();
    // Keys first: findings are folded into the state while we go.
    std::vector<projections::DeploymentKey> keys;
    for (const auto& [key, deployment] : project_.deployments) {
      if (!only_that || key.collection == collection) keys.push_back(key);
    }
    report.total_artifacts = keys.size();
    for (const auto& key : keys) {
      Report(writing_.context(), "comparing", static_cast<uint64_t>(&key - keys.data()), keys.size());
      auto entry = CheckOne(key, project_.deployments.at(key));
      if (!entry.ok()) return entry.error();
      if (entry->has_value()) report.entries.push_back(std::move(**entry));
    }
    if (Status listed = ListAdded(collection, report); !listed.ok()) return listed.error();
    std::sort(report.entries.begin(), report.entries.end(), [](const auto& a, const auto& b) { return a.artifact < b.artifact; });
    return report;
  }

 private:
  // One deployment's two copies, and what was agreed.
  struct Copies {
    const ArtifactState* artifact = nullptr;  // in its collection now
    std::optional<collection::Content> collection, project, baseline;
    Side collection_side, project_side;
  };

  Result<std::optional<collection::Content>> LoadBlob(const Digest& digest, bool single_file) {
    if (digest.zero()) return std::optional<collection::Content>();
    auto tree = collection::LoadTree(digest, writing_.blobs());
    if (!tree.ok()) return tree.error();
    auto content = collection::LoadContent(*tree, single_file, writing_.blobs());
    if (!content.ok()) return content.error();
    return std::optional(std::move(*content));
  }

  Status LookAtCollection(const Deployment& deployment, Copies& copies) {
    auto broken = unreadable_.find(deployment.collection);
    if (broken != unreadable_.end()) {
      copies.collection_side = {Side::State::kUnknown, {}, broken->second};
      return {};
    }
    auto state = writing_.Collection(deployment.collection);
    if (!state.ok()) {
      copies.collection_side = {Side::State::kUnknown, {}, state.error().message};
      return {};
    }
    copies.artifact = (*state)->Find(deployment.artifact);
    if (copies.artifact == nullptr) return {};
    if (!IsPeers(deployment)) {
      copies.collection_side = {Side::State::kThere, copies.artifact->content_hash, {}};
      return {};
    }
    auto content = LoadBlob(DigestFromBytes(copies.artifact->tree.data(), copies.artifact->tree.size()),
                            IsFilePath(deployment.artifact, deployment.path));
    if (!content.ok()) return content.error();
    copies.collection_side = {Side::State::kThere, HashFor(deployment, **content), {}};
    return {};
  }

  void LookAtProject(const Deployment& deployment, Copies& copies) {
    std::optional<collection::Content> now;
    if (IsShared(deployment) && copies.artifact != nullptr) {
      auto state = writing_.Collection(deployment.collection);
      auto content = state.ok() ? CurrentContent(writing_, **state, *copies.artifact) : state.error();
      if (content.ok()) now = std::move(*content);
    }
    auto copy = on_disk_.Read(deployment, now ? &*now : nullptr);
    if (!copy.ok()) {
      copies.project_side = {Side::State::kUnknown, {}, copy.error().message};
    } else if (copy->content) {
      copies.project_side = {Side::State::kThere, HashFor(deployment, *copy->content), {}};
      copies.project = std::move(*copy->content);
    }
  }

  Result<std::optional<DriftEntry>> CheckOne(const projections::DeploymentKey& key, const Deployment& deployment) {
    Copies copies;
    if (Status looked = LookAtCollection(deployment, copies); !looked.ok()) return looked.error();
    LookAtProject(deployment, copies);
    DriftEntry entry;
    entry.artifact = key.artifact;
    entry.collection = key.collection;
    entry.baseline_hash = deployment.content_hash;
    entry.collection_sha = copies.collection_side.hash;
    entry.project_sha = copies.project_side.hash;
    entry.current_hash = copies.project_side.hash;
    entry.verdict = Classify(deployment.content_hash, copies.collection_side, copies.project_side);
    entry.error = !copies.collection_side.error.empty() ? copies.collection_side.error : copies.project_side.error;
    entry.last_deployed = deployment.deployed_at;
    if (copies.artifact != nullptr) {
      entry.tags_imported_at = copies.artifact->tags_imported_at;
      CompareTags(deployment, *copies.artifact, entry);
    }
    if (Status compared = CompareContent(deployment, copies, entry); !compared.ok()) return compared.error();
    if (Status recorded = Record(key, deployment, copies, entry); !recorded.ok()) return recorded.error();
    if (entry.verdict.type == DriftType::unspecified) return std::optional<DriftEntry>();
    return std::optional(std::move(entry));
  }

  // The tags at the deployment are known of our own records only.
  static void CompareTags(const Deployment& deployment, const ArtifactState& artifact, DriftEntry& entry) {
    if (IsPeers(deployment)) return;
    const auto now = projections::EffectiveTags(artifact);
    auto then = deployment.tags;
    std::sort(then.begin(), then.end());
    entry.has_tag_changes = true;
    std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(entry.tags_added));
    std::set_difference(then.begin(), then.end(), now.begin(), now.end(), std::back_inserter(entry.tags_removed));
  }

  // Files and fields of the side that moved, against the baseline.
  Status CompareContent(const Deployment& deployment, Copies& copies, DriftEntry& entry) {
    const DriftType type = entry.verdict.type;
    const bool outdated = type == DriftType::outdated;
    if (!outdated && type != DriftType::modified && type != DriftType::conflict) return {};
    const bool single_file = IsFilePath(deployment.artifact, deployment.path);
    auto baseline = LoadBlob(deployment.tree, single_file);
    if (!baseline.ok()) return baseline.error();
    if (!baseline->has_value()) return {};
    if (outdated) {
      auto now = LoadBlob(DigestFromBytes(copies.artifact->tree.data(), copies.artifact->tree.size()), single_file);
      if (!now.ok()) return now.error();
      copies.collection = std::move(*now);
    }
    const collection::Content& after = outdated ? *copies.collection : *copies.project;
    entry.files = collection::CompareTrees(collection::Describe(**baseline).tree, collection::Describe(after).tree);
    CompareFields(deployment.artifact, **baseline, after, entry);
    return {};
  }

  static bool SameFinding(const projections::OpenDrift& open, const DriftEntry& entry) {
    return open.type == entry.verdict.type && open.baseline_hash == entry.baseline_hash && open.collection_hash == entry.collection_sha &&
           open.project_hash == entry.project_sha;
  }

  // Appends what changed since the last check: opened, resolved, converged. A copy that could not be read says nothing either way.
  Status Record(const projections::DeploymentKey& key, const Deployment& deployment, const Copies& copies, DriftEntry& entry) {
    const projections::OpenDrift* open = project_.DriftOf(key);
    if (entry.verdict.type == DriftType::unknown) return {};
    if (open != nullptr && SameFinding(*open, entry)) {
      entry.modification_detected_at = open->detected_at;
      return {};
    }
    const bool stays = open != nullptr && open->type == entry.verdict.type;
    if (open != nullptr && !stays) {
      schema::DriftResolvedT resolved;
      resolved.drift_type = open->type;
      resolved.detected_seq = open->detected_seq;
      resolved.profile_root = key.profile_root;
      writing_.Add({key.collection, key.artifact, project_.project, std::move(resolved)});
    }
    if (entry.verdict.converged) {
      schema::BaselineMovedT moved;
      moved.cause = schema::ChangeCause::converged;
      moved.tree = copies.artifact->tree;
      moved.content_hash_before = deployment.content_hash;
      moved.content_hash = copies.collection_side.hash;
      moved.tags = projections::EffectiveTags(*copies.artifact);
      moved.profile_root = key.profile_root;
      writing_.Add({key.collection, key.artifact, project_.project, std::move(moved)});
    }
    if (entry.verdict.type == DriftType::unspecified) return {};
    schema::DriftDetectedT found;
    found.drift_type = entry.verdict.type;
    found.baseline_hash = entry.baseline_hash;
    found.collection_hash = entry.collection_sha;
    found.project_hash = entry.project_sha;
    found.recommendation = entry.verdict.recommendation;
    found.profile_root = key.profile_root;
    // What the agents ran is kept, so that it can be shown and restored.
    if (entry.verdict.type == DriftType::modified || entry.verdict.type == DriftType::conflict) {
      auto kept = writing_.Keep(*copies.project);
      if (!kept.ok()) return kept.error();
      found.project_tree = kept->tree_digest.vector();
    }
    writing_.Add({key.collection, key.artifact, project_.project, std::move(found)});
    entry.modification_detected_at = project_.DriftOf(key)->detected_at;
    return {};
  }

  // What the collection holds and this project never had.
  Status ListAdded(const std::string& collection, DriftReport& report) {
    auto state = writing_.Collection(collection);
    if (!state.ok()) return state.error();
    std::set<std::string> deployed;
    for (const auto& [key, deployment] : project_.deployments) {
      if (key.collection == collection) deployed.insert(key.artifact);
    }
    for (const auto* artifact : (*state)->artifacts()) {
      if (deployed.contains(artifact->id)) continue;
      DriftEntry entry;
      entry.artifact = artifact->id;
      entry.collection = collection;
      entry.verdict = {DriftType::added, false, "deploy_to_project", "sync"};
      entry.collection_sha = artifact->content_hash;
      entry.tags_imported_at = artifact->tags_imported_at;
      report.entries.push_back(std::move(entry));
    }
    return {};
  }

  Writing& writing_;
  projections::ProjectState& project_;
  const std::map<std::string, std::string>& unreadable_;  // collection -> why
  ProjectCopies on_disk_;
};

Result<std::vector<fs::path>> ChooseProjects(Writing& writing, const DriftRequest& request) {
  std::vector<fs::path> projects = request.projects;
  std::error_code ignored;
  for (const auto& project : projects) {
    if (!fs::is_directory(project, ignored)) return Error{Code::kNotFound, fmt::format("no directory {}", project.string()), {}};
  }
  if (request.all) {
    auto known = writing.reading().states().Projects();
    if (!known.ok()) return known.error();
    projects.insert(projects.end(), known->begin(), known->end());
  }
  std::sort(projects.begin(), projects.end());
  projects.erase(std::unique(projects.begin(), projects.end()), projects.end());
  return projects;
}

Result<std::vector<DriftReport>> CheckAll(const Context& context, const DriftRequest& request) {
  auto opened = Writing::Open(context);
  if (!opened.ok()) return opened.error();
  Writing& writing = **opened;
  auto main = writing.Collection("");
  if (!main.ok()) return main.error();
  const std::string collection = (*main)->name();
  auto projects = ChooseProjects(writing, request);
  if (!projects.ok()) return projects.error();
  // Every state is loaded before the first event is gathered.
  std::vector<projections::ProjectState*> states;
  std::set<std::string> collections{collection};
  for (const auto& path : *projects) {
    auto state = writing.Project(path);
    if (!state.ok()) return state.error();
    states.push_back(*state);
    auto records = manifest::ReadDeployed(path);
    if (!records.ok()) return records.error();
    for (const auto& record : *records) collections.insert(record.collection);
    for (const auto& [key, deployment] : (*state)->deployments) collections.insert(key.collection);
  }
  std::map<std::string, std::string> unreadable;
  std::vector<std::string> known;
  for (const auto& name : collections) {
    auto state = writing.Collection(name);
    if (state.ok()) {
      known.push_back(name);
    } else {
      unreadable[name] = state.error().message;
    }
  }
  for (auto* state : states) {
    if (Status taken = TakeInRecords(writing, *state); !taken.ok()) return taken.error();
  }
  for (const auto& name : known) {
    if (auto captured = Capture(writing, name); !captured.ok()) unreadable[name] = captured.error().message;
  }
  std::vector<DriftReport> reports;
  for (auto* state : states) {
    auto report = Check(writing, *state, unreadable).Run(collection, !context.collection.empty());
    if (!report.ok()) return report.error();
    reports.push_back(std::move(*report));
  }
  if (Status finished = writing.Finish(); !finished.ok()) return finished.error();
  for (auto& report : reports) report.run_id = writing.run_text();
  if (!reports.empty()) reports.front().notes = writing.notes();
  return reports;
}

}  // namespace

Result<std::vector<DriftReport>> Drift(const Context& context, const DriftRequest& request) {
  auto reports = CheckAll(context, request);
  if (reports.ok() || reports.error().code != Code::kBusy) return reports;
  Context looking = context;
  looking.dry_run = true;
  const Error busy = reports.error();
  reports = CheckAll(looking, request);
  if (reports.ok() && !reports->empty()) reports->front().notes.push_back(fmt::format("not recorded: {}", busy.message));
  return reports;
}

}  // namespace skilltrail::deploy
