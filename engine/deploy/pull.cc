#include "engine/deploy/pull.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/merge.h"
#include "engine/deploy/deploy.h"
#include "engine/deploy/deployment.h"
#include "engine/deploy/records.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "events/codec.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using collection::Content;
using projections::ArtifactState;
using projections::Deployment;
using projections::DeploymentKey;

std::string HashUnder(const Deployment& deployment, const Content& content) {
  if (!IsPeers(deployment)) return collection::ContentHash(content);
  return collection::ContentHash(content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); });
}

// The peer's copy never had these: that they are not there is no edit.
void RestoreDropped(const Content& held, Content& copy) {
  std::set<std::string> there;
  for (const auto& file : copy.files) there.insert(file.path);
  for (const auto& file : held.files) {
    if (collection::PeerDropsOnDeploy(file.path) && !there.contains(file.path)) copy.files.push_back(file);
  }
  collection::SortFiles(copy);
}

// One copy that has edits, on its way back.
struct Load {
  ArtifactId id;
  DeploymentKey key;
  Deployment deployment;                  // as of before this command
  std::optional<ArtifactState> artifact;  // in the collection
  std::optional<Content> held;            // its content there
  Content copy;                           // the project's
  Content agreed;                         // and what of it the collection knows from here on: the next baseline
  Content next;                           // what the collection is to have
  PulledItem item;
  bool edited = false;  // or, of one that left the collection, to be forked; false: there is nothing to pull
};

class Pulling {
 public:
  explicit Pulling(const PullRequest& request) : request_(request) {}

  Result<PullReport> Run(const Context& context) {
    RETURN_IF_ERROR(Open(context));
    ASSIGN_OR_RETURN(std::vector<Load> loads, Find());
    std::vector<std::string> conflicts;
    for (auto& load : loads) {
      RETURN_IF_ERROR(Look(load));
      if (!load.edited) continue;
      RETURN_IF_ERROR(Choose(load));
      if (!load.item.conflicts.empty()) conflicts.push_back(fmt::format("{}: {}", load.key.artifact, fmt::join(load.item.conflicts, ", ")));
    }
    if (!conflicts.empty() && !request_.allow_conflicts) {
      return Error{Code::kConflict, fmt::format("both sides changed the same, in {}", fmt::join(conflicts, "; ")),
                   "--allow-conflicts takes it with conflict markers; --strategy overwrite or fork takes the project's side"};
    }
    for (auto& load : loads) {
      if (load.edited) RETURN_IF_ERROR(Bring(load));
      report_.items.push_back(std::move(load.item));
    }
    RETURN_IF_ERROR(writing_->Finish());
    report_.run_id = writing_->run_text();
    const auto& notes = writing_->notes();
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
    return std::move(report_);
  }

 private:
  Status Open(const Context& context) {
    if (!request_.profile.empty()) {
      ASSIGN_OR_RETURN(const Profile profile, FindProfile(request_.profile));
      root_ = profile.root;
    }
    ASSIGN_OR_RETURN(writing_, Writing::Open(context));
    ASSIGN_OR_RETURN(state_, writing_->Collection(""));
    ASSIGN_OR_RETURN(project_, writing_->Project(request_.project));
    writing_->RestateRecords(request_.project);
    RETURN_IF_ERROR(TakeInRecords(*writing_, *project_));
    ASSIGN_OR_RETURN(captured_, CaptureReadable(*writing_, state_->name()));
    copies_.emplace(*project_, writing_->blobs());
    report_.collection = state_->name();
    report_.project = request_.project;
    report_.strategy = request_.strategy;
    return {};
  }

  Result<std::vector<Load>> Find() {
    std::set<DeploymentKey> keys;
    for (const auto& artifact : request_.artifacts) {
      ASSIGN_OR_RETURN(DeploymentKey key, FindDeployment(*project_, state_->name(), root_, artifact));
      keys.insert(std::move(key));
    }
    std::vector<Load> loads;
    for (const auto& key : keys) {
      Load load;
      RETURN_IF_ERROR(CheckReadable(captured_, key.artifact));
      ASSIGN_OR_RETURN(load.id, ParseArtifactId(key.artifact));
      load.key = key;
      load.deployment = project_->deployments.at(key);
      load.item.artifact = key.artifact;
      load.item.action = "unchanged";
      loads.push_back(std::move(load));
    }
    return loads;
  }

  Status Look(Load& load) {
    if (const ArtifactState* held = state_->Find(load.key.artifact); held != nullptr) {
      load.artifact = *held;
      ASSIGN_OR_RETURN(load.held, CurrentContent(*writing_, *state_, *held));
    }
    const Site site = SiteOf(request_.project, load.deployment);
    ASSIGN_OR_RETURN(StandingCopy copy, copies_->Read(load.deployment, load.held ? &*load.held : nullptr));
    if (!copy.content) {
      const std::string why = site.shared.empty() ? fmt::format("{} is gone", site.own.string())
                                                  : fmt::format("no entry of it stands in {}", site.shared.string());
      return Error{Code::kNotFound, fmt::format("nothing to pull of {}: {}", load.key.artifact, why),
                   fmt::format("skilltrail deploy {} brings it back", load.key.artifact)};
    }
    if (copy.unsure) {
      return Error{
          Code::kConflict,
          fmt::format("cannot pull {}: an entry of it is gone from {}, and what stands under its event may be that entry, edited, or not",
                      load.key.artifact, site.shared.string()),
          "make the same edit in the collection, and deploy it"};
    }
    if (!load.artifact && request_.strategy != PullStrategy::kFork) {
      return Error{Code::kNotFound, fmt::format("{} is not in collection \"{}\" any more", load.key.artifact, state_->name()),
                   "--strategy fork takes the copy in as an artifact of its own"};
    }
    if (load.artifact && Untouched(load.deployment, copy)) return {};
    load.edited = true;
    load.copy = std::move(*copy.content);
    Status good = collection::CheckContent(load.id.type, load.copy);
    if (good.ok() && load.held && load.held->single_file != load.copy.single_file) {
      good = Error{Code::kUsage, load.copy.single_file ? "it has become a file" : "it has become a directory", {}};
    }
    if (!good.ok()) return Error{Code::kConflict, fmt::format("cannot pull {}: {}", site.own.string(), good.error().message), {}};
    if (IsPeers(load.deployment) && load.held) RestoreDropped(*load.held, load.copy);
    load.agreed = load.copy;
    return {};
  }

  // What the collection is to have.
  Status Choose(Load& load) {
    switch (request_.strategy) {
      case PullStrategy::kOverwrite:
        load.next = Named(load.copy, load.artifact->path);
        load.item.action = "overwritten";
        if (HashUnder(load.deployment, *load.held) != load.deployment.content_hash) {
          report_.notes.push_back(fmt::format("{}: the collection had changes of its own; the log keeps them", load.key.artifact));
        }
        return {};
      case PullStrategy::kFork:
        load.item.action = "forked";
        return {};
      case PullStrategy::kMerge:
        load.item.action = "merged";
        return Merge(load);
    }
    return {};
  }

  Status Merge(Load& load) {
    ASSIGN_OR_RETURN(const auto base, Base(load));
    if (!base) {
      return Error{Code::kConflict,
                   fmt::format("{} cannot be merged: what was deployed to {} is not known", load.key.artifact, request_.project.string()),
                   "--strategy overwrite or fork takes the project's side"};
    }
    const std::string& path = load.artifact->path;
    auto merged = collection::MergeContents(Named(*base, path), *load.held, Named(load.copy, path), {"collection", "project"});
    load.next = std::move(merged.content);
    load.item.conflicts = std::move(merged.conflicts);
    // What the project says and the merge does not stays an edit.
    for (const auto& unmerged : merged.unmerged) Replace(load.agreed, *base, unmerged);
    return {};
  }

  // That file of the content becomes the other's, or goes if that has none.
  static void Replace(Content& content, const Content& other, const std::string& path) {
    if (content.single_file) {
      content.files.front().bytes = other.files.front().bytes;
      content.files.front().executable = other.files.front().executable;
      return;
    }
    std::erase_if(content.files, [&](const collection::File& file) { return file.path == path; });
    std::copy_if(other.files.begin(), other.files.end(), std::back_inserter(content.files),
                 [&](const auto& file) { return file.path == path; });
    collection::SortFiles(content);
  }

  // The baseline's content. Of the peer's record only a hash is known: it is the version of the artifact that has it.
  Result<std::optional<Content>> Base(const Load& load) {
    if (!load.deployment.tree.zero()) return Version(load, load.deployment.tree);
    if (HashUnder(load.deployment, *load.held) == load.deployment.content_hash) return load.held;
    std::set<Digest> trees;
    RETURN_IF_ERROR(writing_->reading().log().ScanStream(store::ArtifactStream(load.key.collection, load.key.artifact), {},
                                                         [&](const store::StoredEvent& event) {
                                                           if (const auto* changed = event.event->payload_as_ContentChanged())
                                                             trees.insert(DigestOf(changed->tree_before()));
                                                           return store::Visit::kContinue;
                                                         }));
    for (const auto& tree : trees) {
      if (tree.zero()) continue;
      ASSIGN_OR_RETURN(const auto content, Version(load, tree));
      if (HashUnder(load.deployment, *content) == load.deployment.content_hash) return content;
    }
    return std::optional<Content>();
  }

  Result<std::optional<Content>> Version(const Load& load, const Digest& digest) {
    ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(digest, writing_->blobs()));
    ASSIGN_OR_RETURN(Content content, collection::LoadContent(tree, load.held->single_file, writing_->blobs()));
    return std::optional(std::move(content));
  }

  // A single file goes by the name of the path where it is to stand.
  static Content Named(Content content, const fs::path& path) {
    if (content.single_file) content.files.front().path = path.filename().string();
    return content;
  }

  Status Bring(Load& load) {
    ASSIGN_OR_RETURN(const collection::Version agreed, writing_->Keep(load.agreed));
    if (request_.strategy == PullStrategy::kFork) {
      RETURN_IF_ERROR(Fork(load));
    } else {
      RETURN_IF_ERROR(Change(load));
    }
    ResolveDrift(*writing_, *project_, load.key);
    schema::BaselineMovedT moved;
    moved.cause = schema::ChangeCause::pull;
    moved.tree = agreed.tree_digest.vector();
    moved.content_hash_before = load.deployment.content_hash;
    moved.content_hash = HashUnder(load.deployment, load.agreed);
    const ArtifactState* artifact = state_->Find(load.key.artifact);
    moved.tags = artifact == nullptr ? load.deployment.tags : projections::EffectiveTags(*artifact);
    moved.profile_root = load.key.profile_root;
    writing_->Add({load.key.collection, load.key.artifact, project_->project, std::move(moved)});
    return {};
  }

  Status Change(Load& load) {
    const ArtifactState& before = *load.artifact;
    const Digest tree_before = DigestFromBytes(before.tree.data(), before.tree.size());
    ASSIGN_OR_RETURN(const collection::Version next, writing_->Keep(load.next));
    if (next.tree_digest == tree_before) {
      load.item.action = "unchanged";
      return {};
    }
    ASSIGN_OR_RETURN(const collection::Tree was, writing_->TreeOf(tree_before));
    load.item.files = collection::CompareTrees(was, next.tree);
    schema::ContentChangedT changed;
    changed.cause = schema::ChangeCause::project;
    changed.tree_before = before.tree;
    changed.tree_after = next.tree_digest.vector();
    changed.content_hash_before = before.content_hash;
    changed.content_hash_after = next.content_hash;
    changed.git_tree = next.git_tree;
    writing_->Add({state_->name(), before.id, {}, std::move(changed)});
    const fs::path dir = writing_->reading().DirectoryOf(*state_);
    writing_->AddFileWork({dir / before.path, tree_before, next.tree_digest, state_->name(), before.id});
    const ArtifactState after = *state_->Find(before.id);
    AddStatedMetadata(*writing_, state_->name(), after, load.next, &*load.held);
    return {};
  }

  Status Fork(Load& load) {
    const fs::path dir = writing_->reading().DirectoryOf(*state_);
    ArtifactId id = load.id;
    for (int number = 1;; ++number) {
      id.name = load.id.name + "-fork" + (number == 1 ? "" : fmt::format("-{}", number));
      std::error_code failed;
      const auto status = fs::symlink_status(dir / PathOf(id, load.copy.single_file), failed);
      if (state_->Find(id.text()) == nullptr && status.type() == fs::file_type::not_found) break;
      if (status.type() != fs::file_type::none) continue;
      return Error{Code::kFailed, fmt::format("cannot look into {}: {}", dir.string(), failed.message()), {}};
    }
    const std::string path = PathOf(id, load.copy.single_file);
    load.next = Named(load.copy, path);
    ASSIGN_OR_RETURN(const collection::Version version, writing_->Keep(load.next));
    schema::ArtifactAddedT added;
    added.cause = schema::ChangeCause::project;
    added.record = std::make_unique<schema::ArtifactRecordT>(MakeRecord(id, path, load.next, version));
    const ArtifactState record = *added.record;
    writing_->Add({state_->name(), record.id, {}, std::move(added)});
    writing_->AddFileWork({dir / path, {}, version.tree_digest, state_->name(), record.id});
    AddStatedMetadata(*writing_, state_->name(), record, load.next);
    load.item.fork = record.id;
    load.item.files = collection::CompareTrees({}, version.tree);
    return {};
  }

  const PullRequest& request_;
  std::string root_;  // the profile's; empty: any
  std::unique_ptr<Writing> writing_;
  projections::CollectionState* state_ = nullptr;
  projections::ProjectState* project_ = nullptr;
  std::optional<ProjectCopies> copies_;
  CaptureReport captured_;
  PullReport report_;
};

}  // namespace

Result<PullReport> Pull(const Context& context, const PullRequest& request) {
  return Pulling(request).Run(context);
}

}  // namespace skilltrail::deploy
