#include "engine/refresh/ours.h"

#include <optional>
#include <vector>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/content.h"
#include "engine/collection/front_matter.h"
#include "engine/deploy/drift.h"
#include "engine/projections/overload.h"
#include "events/codec.h"
#include "events/id.h"

namespace skilltrail::refresh {
namespace {

using projections::ArtifactState;

Base BaseOf(const ArtifactState& artifact, bool proven) {
  return {artifact.git_tree, TreeOf(artifact), artifact.content_hash, artifact.resolved_sha, proven};
}

using PassedOver = projections::Ignored<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
                                        schema::CollectionImported, schema::ArtifactRemoved, schema::MetadataRefreshed,
                                        schema::MetadataEdited, schema::TagsImported, schema::TagsEdited, schema::RefreshCompleted,
                                        schema::SourceMoved, schema::SourceChanged, schema::SourceAccepted, schema::ArtifactDeployed,
                                        schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved,
                                        schema::SnapshotCreated, schema::SnapshotDeleted, schema::BlobRedacted, UnknownEvent>;

class OriginFold : public PassedOver {
 public:
  using PassedOver::operator();
  void operator()(const schema::ArtifactAdded& added) {
    if (added.record() != nullptr) bases_.push_back(BaseOf(*Unpack(*added.record()), added.cause() == schema::ChangeCause::add));
  }
  void operator()(const schema::ArtifactRestored& restored) {
    if (restored.record() == nullptr) return;
    const auto record = Unpack(*restored.record());
    // What is restored may have been edited then; its commit tells what it had come from.
    for (auto base = bases_.rbegin(); base != bases_.rend(); ++base) {
      if (record->resolved_sha.empty() || base->commit != record->resolved_sha) continue;
      bases_.push_back(Base(*base));
      return;
    }
    bases_.push_back(BaseOf(*record, false));
  }
  void operator()(const schema::ContentChanged& changed) {
    if (changed.cause() != schema::ChangeCause::upstream) return;
    bases_.push_back({std::string(View(changed.git_tree())), DigestOf(changed.tree_after()),
                      std::string(View(changed.content_hash_after())), std::string(View(changed.commit())), true});
  }
  void operator()(const schema::SourceIdentityChanged& changed) {
    identity_before_ = changed.repository_id_before();
    identity_after_ = changed.repository_id_after();
  }

  Origin Finish(const ArtifactState& artifact) const {
    return {bases_.empty() ? BaseOf(artifact, false) : bases_.back(), identity_before_, identity_after_};
  }

 private:
  static std::unique_ptr<schema::ArtifactRecordT> Unpack(const schema::ArtifactRecord& record) {
    return std::unique_ptr<schema::ArtifactRecordT>(record.UnPack());
  }

  std::vector<Base> bases_;
  uint64_t identity_before_ = 0, identity_after_ = 0;
};

// As drift compares: a deployment that the peer recorded has the hash of a copy with names dropped.
std::string HashFor(const projections::Deployment& deployment, const collection::Content& content) {
  if (deployment.cause != schema::ChangeCause::adopt) return collection::ContentHash(content);
  return collection::ContentHash(content, [](std::string_view path) { return !collection::PeerDropsOnDeploy(path); });
}

Result<std::string> CollectionHash(const projections::Deployment& deployment, const Shelf& shelf, const ArtifactState& artifact) {
  if (deployment.cause != schema::ChangeCause::adopt) return artifact.content_hash;
  ASSIGN_OR_RETURN(const collection::Content content, ReadTree(shelf, artifact, TreeOf(artifact)));
  return HashFor(deployment, content);
}

Result<deploy::Side> ProjectSide(deploy::ProjectCopies& copies, const projections::Deployment& deployment, const Shelf& shelf,
                                 const ArtifactState& artifact) {
  using State = deploy::Side::State;
  std::optional<collection::Content> now;
  if (deploy::IsShared(deployment)) {
    ASSIGN_OR_RETURN(now, ReadTree(shelf, artifact, TreeOf(artifact)));
  }
  const auto copy = copies.Read(deployment, now ? &*now : nullptr);
  if (!copy.ok()) return deploy::Side{State::kUnknown, {}, copy.error().message};
  if (!copy->content) return deploy::Side{State::kAbsent, {}, {}};
  return deploy::Side{State::kThere, HashFor(deployment, *copy->content), {}};
}

int Weight(schema::DriftType type) {
  return type == schema::DriftType::conflict ? 3 : type == schema::DriftType::modified ? 2 : type == schema::DriftType::unspecified ? 0 : 1;
}

}  // namespace

Digest TreeOf(const ArtifactState& artifact) {
  return DigestFromBytes(artifact.tree.data(), artifact.tree.size());
}

bool IsOneFile(const ArtifactState& artifact) {
  auto id = ParseArtifactId(artifact.id);
  return id.ok() && IsSingleFile(id->type) && artifact.path.ends_with(".md");
}

Result<Origin> ReadOrigin(const store::EventLog& log, std::string_view collection, const ArtifactState& artifact) {
  OriginFold fold;
  RETURN_IF_ERROR(log.ScanStream(store::ArtifactStream(collection, artifact.id), {}, [&](const store::StoredEvent& event) {
    VisitPayload(*event.event, fold);
    return store::Visit::kContinue;
  }));
  return fold.Finish(artifact);
}

Result<collection::Content> ReadTree(const Shelf& shelf, const ArtifactState& artifact, const Digest& digest) {
  if (digest == TreeOf(artifact)) {
    ASSIGN_OR_RETURN(const bool kept, shelf.blobs.Has(digest));
    if (!kept) return collection::ReadContent(shelf.dir / artifact.path);
  }
  ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(digest, shelf.blobs));
  return collection::LoadContent(tree, IsOneFile(artifact), shelf.blobs);
}

Stated StatedBy(ArtifactType type, const collection::Content& content) {
  const auto front_matter = collection::FrontMatterOf(type, content);
  return front_matter ? collection::StatedMetadata(*front_matter) : Stated();
}

Result<Stated> ReadStated(const Shelf& shelf, const ArtifactState& artifact, const Digest& digest) {
  auto id = ParseArtifactId(artifact.id);
  if (!id.ok()) return id.error();
  auto tree = collection::LoadTree(digest, shelf.blobs);
  if (!tree.ok()) {
    ASSIGN_OR_RETURN(const collection::Content content, ReadTree(shelf, artifact, digest));
    return StatedBy(id->type, content);
  }
  // One file of the tree is enough.
  std::vector<std::string> paths;
  for (const auto& entry : tree->entries) paths.push_back(entry.path);
  const bool one_file = IsOneFile(artifact) && !paths.empty();
  const collection::TreeEntry* file = tree->Find(one_file ? paths.front() : collection::MetadataFile(id->type, paths));
  if (file == nullptr) return Stated();
  ASSIGN_OR_RETURN(const std::string text, shelf.blobs.Get(file->digest));
  return collection::StatedMetadata(collection::ParseFrontMatter(text));
}

Result<Ours> ReadOurs(const store::EventLog& log, const Shelf& shelf, const ArtifactState& artifact, const Facts& facts) {
  Ours ours;
  ours.artifact = artifact;
  ours.base = BaseOf(artifact, false);
  const bool other_repository = facts.repository_answered && artifact.repository_id != 0 && artifact.repository_id != facts.repository.id;
  const bool other_content = facts.place && facts.place->git_id != artifact.git_tree;
  if (!other_repository && !other_content) return ours;
  ASSIGN_OR_RETURN(Origin origin, ReadOrigin(log, shelf.collection, artifact));
  ours.base = std::move(origin.base);
  ours.identity_said = origin.identity_before == artifact.repository_id && origin.identity_after == facts.repository.id;
  if (other_content && ours.base.tree != TreeOf(artifact)) {
    ASSIGN_OR_RETURN(ours.stated, ReadStated(shelf, artifact, TreeOf(artifact)));
    ASSIGN_OR_RETURN(ours.base_stated, ReadStated(shelf, artifact, ours.base.tree));
  }
  return ours;
}

Result<schema::DriftType> ReadDrift(deploy::ProjectCopies& copies, const projections::ProjectState& project, const Shelf& shelf,
                                    const ArtifactState& artifact) {
  schema::DriftType worst = schema::DriftType::unspecified;
  for (const auto& [key, deployment] : project.deployments) {
    if (key.collection != shelf.collection || key.artifact != artifact.id) continue;
    ASSIGN_OR_RETURN(std::string hash, CollectionHash(deployment, shelf, artifact));
    ASSIGN_OR_RETURN(const deploy::Side there, ProjectSide(copies, deployment, shelf, artifact));
    const auto verdict = deploy::Classify(deployment.content_hash, {deploy::Side::State::kThere, std::move(hash), {}}, there);
    if (Weight(verdict.type) > Weight(worst)) worst = verdict.type;
  }
  return worst;
}

}  // namespace skilltrail::refresh
