#include "engine/projections/catalog.h"

#include <algorithm>

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using NeitherCollectionNorSnapshot =
    Ignored<schema::RunStarted, schema::RunCompleted, schema::ArtifactAdded, schema::ArtifactRemoved, schema::ArtifactRestored,
            schema::ContentChanged, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported, schema::TagsEdited,
            schema::RefreshCompleted, schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted,
            schema::ArtifactDeployed, schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved,
            schema::BlobRedacted, UnknownEvent>;

}  // namespace

void Apply(std::map<std::string, CollectionInfo>& collections, const store::StoredEvent& event) {
  const std::string name(View(event.event->collection()));
  const auto begin = [&] {
    CollectionInfo& collection = collections[name];
    collection.name = name;
    collection.exists = true;
    collection.created_at = event.event->recorded_at();
    collection.created_seq = event.seq;
  };
  VisitPayload(*event.event, Overload{[&](const schema::CollectionCreated& created) {
                                        begin();
                                        collections[name].path.assign(View(created.path()));
                                      },
                                      [&](const schema::CollectionImported& imported) {
                                        const auto known = collections.find(name);
                                        if (known == collections.end() || !known->second.exists) begin();
                                        collections[name].path.assign(View(imported.path()));
                                      },
                                      [&](const schema::CollectionRemoved&) {
                                        const auto known = collections.find(name);
                                        if (known != collections.end()) known->second.exists = false;
                                      },
                                      Ignored<schema::SnapshotCreated, schema::SnapshotDeleted>{}, NeitherCollectionNorSnapshot{}});
}

void Apply(std::vector<SnapshotInfo>& snapshots, const store::StoredEvent& event) {
  const std::string_view collection = View(event.event->collection());
  VisitPayload(*event.event, Overload{[&](const schema::SnapshotCreated& created) {
                                        SnapshotInfo snapshot;
                                        snapshot.id.assign(View(created.id()));
                                        snapshot.name.assign(View(created.name()));
                                        snapshot.message.assign(View(created.message()));
                                        snapshot.collection.assign(collection);
                                        snapshot.artifact_count = created.artifact_count();
                                        snapshot.seq = event.seq;
                                        snapshot.created_at = event.event->recorded_at();
                                        snapshots.push_back(std::move(snapshot));
                                      },
                                      [&](const schema::SnapshotDeleted& deleted) {
                                        // An id is a time to the microsecond: two collections may share one.
                                        std::erase_if(snapshots, [&](const SnapshotInfo& snapshot) {
                                          return snapshot.id == View(deleted.id()) && snapshot.collection == collection;
                                        });
                                      },
                                      Ignored<schema::CollectionCreated, schema::CollectionImported, schema::CollectionRemoved>{},
                                      NeitherCollectionNorSnapshot{}});
}

}  // namespace skilltrail::projections
