#include "engine/projections/named_contents.h"

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using Bytes = flatbuffers::Vector<uint8_t>;

void Take(Digests& into, const Bytes* digest) {
  const Digest value = DigestOf(digest);
  if (!value.zero()) into.insert(value);
}

using NamesNothing =
    Ignored<UnknownEvent, schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
            schema::CollectionImported, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported, schema::TagsEdited,
            schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactUndeployed,
            schema::DriftResolved, schema::SnapshotCreated, schema::SnapshotDeleted>;

}  // namespace

void NamedContents::Add(const schema::Event& event) {
  const auto tree = [&](const Bytes* digest) { Take(trees, digest); };
  const auto record = [&](const schema::ArtifactRecord* one) {
    if (one != nullptr) tree(one->tree());
  };
  VisitPayload(event, Overload{
                          NamesNothing{},
                          [&](const schema::ArtifactAdded& e) { record(e.record()); },
                          [&](const schema::ArtifactRemoved& e) { tree(e.tree()); },
                          [&](const schema::ArtifactRestored& e) { record(e.record()); },
                          [&](const schema::ContentChanged& e) {
                            tree(e.tree_before());
                            tree(e.tree_after());
                          },
                          [&](const schema::RefreshCompleted& e) { Take(blobs, e.report()); },
                          [&](const schema::ArtifactDeployed& e) { tree(e.tree()); },
                          [&](const schema::BaselineMoved& e) { tree(e.tree()); },
                          [&](const schema::DriftDetected& e) { tree(e.project_tree()); },
                          [&](const schema::BlobRedacted& e) { Take(redacted, e.digest()); },
                      });
}

void NamedContents::Add(const NamedContents& other) {
  trees.insert(other.trees.begin(), other.trees.end());
  blobs.insert(other.blobs.begin(), other.blobs.end());
  redacted.insert(other.redacted.begin(), other.redacted.end());
}

}  // namespace skilltrail::projections
