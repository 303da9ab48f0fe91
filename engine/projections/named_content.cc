#include "engine/projections/named_content.h"

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using NamesNothing =
    Ignored<UnknownEvent, schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved,
            schema::CollectionImported, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported, schema::TagsEdited,
            schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactUndeployed,
            schema::DriftResolved, schema::SnapshotCreated, schema::SnapshotDeleted, schema::BlobRedacted>;

}  // namespace

void NamedContent(const schema::Event& event, const std::function<void(Named, const Digest&)>& visit) {
  const auto name = [&](Named as, const flatbuffers::Vector<uint8_t>* digest) {
    const Digest value = DigestOf(digest);
    if (!value.zero()) visit(as, value);
  };
  const auto name_record = [&](const schema::ArtifactRecord* record) {
    if (record != nullptr) name(Named::kTree, record->tree());
  };
  VisitPayload(event, Overload{
                          NamesNothing{},
                          [&](const schema::ArtifactAdded& e) { name_record(e.record()); },
                          [&](const schema::ArtifactRemoved& e) { name(Named::kTree, e.tree()); },
                          [&](const schema::ArtifactRestored& e) { name_record(e.record()); },
                          [&](const schema::ContentChanged& e) {
                            name(Named::kTree, e.tree_before());
                            name(Named::kTree, e.tree_after());
                          },
                          [&](const schema::RefreshCompleted& e) { name(Named::kBlob, e.report()); },
                          [&](const schema::ArtifactDeployed& e) { name(Named::kTree, e.tree()); },
                          [&](const schema::BaselineMoved& e) { name(Named::kTree, e.tree()); },
                          [&](const schema::DriftDetected& e) { name(Named::kTree, e.project_tree()); },
                      });
}

}  // namespace skilltrail::projections
