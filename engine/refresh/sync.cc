#include "engine/refresh/sync.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/collection/merge.h"
#include "engine/refresh/select.h"
#include "engine/session/capture.h"

namespace skilltrail::refresh {
namespace {

using projections::ArtifactState;

Error AnotherMeanwhile() {
  return {Code::kConflict, "it was changed by another command meanwhile", "refresh again"};
}

// Adds one step of the content and returns the tree that stands after it.
Result<Digest> AddChange(Writing& writing, const std::string& collection, const ArtifactState& artifact, const collection::Content& content,
                         schema::ChangeCause cause, const Delivery& delivery) {
  ASSIGN_OR_RETURN(const collection::Version version, writing.Keep(content));
  schema::ContentChangedT changed;
  changed.cause = cause;
  changed.tree_before = artifact.tree;
  changed.tree_after = version.tree_digest.vector();
  changed.content_hash_before = artifact.content_hash;
  changed.content_hash_after = version.content_hash;
  // Links that were taken as their targets make our id another one than upstream's.
  const bool theirs = cause == schema::ChangeCause::upstream;
  changed.git_tree = theirs ? delivery.git_id : version.git_tree;
  if (theirs) changed.commit = delivery.commit;
  writing.Add({collection, artifact.id, {}, std::move(changed)});
  return version.tree_digest;
}

}  // namespace

Result<Delivery> Deliver(const Shelf& shelf, const Ours& ours, const Facts& facts, Decision::Bring bring) {
  Delivery delivery;
  delivery.commit = facts.commit;
  if (bring == Decision::Bring::kBase) {
    ASSIGN_OR_RETURN(delivery.upstream, ReadTree(shelf, ours.artifact, ours.base.tree));
    delivery.git_id = ours.base.git_id;
    return delivery;
  }
  if (!facts.content) return AnotherMeanwhile();
  const checkout::Fetched& fetched = facts.content->value();
  delivery.upstream = fetched.content;
  delivery.git_id = fetched.git_id;
  delivery.notes = fetched.notes;
  if (bring == Decision::Bring::kMerge) {
    ASSIGN_OR_RETURN(const collection::Content base, ReadTree(shelf, ours.artifact, ours.base.tree));
    ASSIGN_OR_RETURN(const collection::Content mine, ReadTree(shelf, ours.artifact, TreeOf(ours.artifact)));
    auto merged = collection::MergeContents(base, mine, fetched.content, {"collection", "upstream"});
    if (!merged.conflicts.empty()) {
      return Error{Code::kConflict, fmt::format("local changes; both sides changed {}", fmt::join(merged.conflicts, ", ")), {}};
    }
    delivery.merged = std::move(merged.content);
  }
  return delivery;
}

Status Put(Writing& writing, const Shelf& shelf, const std::string& id, const Delivery& delivery, const RefreshRequest& request) {
  ASSIGN_OR_RETURN(projections::CollectionState * state, writing.Collection(shelf.collection));
  const ArtifactState before = *state->Find(id);
  ASSIGN_OR_RETURN(Digest after, AddChange(writing, shelf.collection, before, delivery.upstream, schema::ChangeCause::upstream, delivery));
  if (delivery.merged && collection::Describe(*delivery.merged).tree_digest != after) {
    const ArtifactState between = *state->Find(id);
    ASSIGN_OR_RETURN(after, AddChange(writing, shelf.collection, between, *delivery.merged, schema::ChangeCause::local_edit, delivery));
  }
  if (after != TreeOf(before)) writing.AddFileWork({shelf.dir / before.path, TreeOf(before), after, shelf.collection, id});

  const collection::Content& content = delivery.merged ? *delivery.merged : delivery.upstream;
  ArtifactState artifact = *state->Find(id);
  auto type = ParseArtifactId(id);
  if (!type.ok()) return type.error();
  const Stated stated = StatedBy(type->type, content);
  for (const auto& field : FieldNames()) {
    auto found = stated.find(field);
    // A merge may have kept our own words, which no decision has seen.
    const bool decided = !delivery.merged || !Wants(request, field);
    if (decided && found != stated.end()) projections::SetMetadata(artifact, field, found->second);
  }
  AddStatedMetadata(writing, shelf.collection, artifact, content);
  return {};
}

}  // namespace skilltrail::refresh
