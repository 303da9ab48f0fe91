#include "engine/projections/collection_state.h"

#include <algorithm>

#include "engine/projections/checkpoint.h"
#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using PassedOver =
    Ignored<schema::RunStarted, schema::RunCompleted, schema::ArtifactAdded, schema::ArtifactRemoved, schema::ArtifactRestored,
            schema::ContentChanged, schema::MetadataRefreshed, schema::MetadataEdited, schema::TagsImported, schema::TagsEdited,
            schema::SourceMoved, schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactDeployed,
            schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved, schema::SnapshotCreated,
            schema::SnapshotDeleted, schema::BlobRedacted, UnknownEvent>;

}  // namespace

void CollectionState::Apply(const store::StoredEvent& event) {
  seq_ = event.seq;
  if (View(event.event->collection()) != name_) return;
  VisitPayload(*event.event, Overload{[&](const schema::CollectionCreated& created) {
                                        exists_ = true;
                                        path_.assign(View(created.path()));
                                        created_at_ = event.event->recorded_at();
                                      },
                                      [&](const schema::CollectionImported& imported) {
                                        // Its history came with the path that it had at home; from here on it is where it was put.
                                        if (!exists_) created_at_ = event.event->recorded_at();
                                        exists_ = true;
                                        path_.assign(View(imported.path()));
                                      },
                                      [&](const schema::CollectionRemoved&) {
                                        exists_ = false;
                                        artifacts_.clear();
                                        refreshes_ = RefreshMarks();
                                      },
                                      [&](const schema::RefreshCompleted& completed) { refreshes_.Add(event, completed); }, PassedOver{}});
  if (const auto id = View(event.event->artifact()); !id.empty()) ApplyToArtifact(id, event);
}

void CollectionState::ApplyToArtifact(std::string_view id, const store::StoredEvent& event) {
  auto entry = artifacts_.find(id);
  if (entry == artifacts_.end()) {
    const auto type = event.event->payload_type();
    if (type != schema::Payload::ArtifactAdded && type != schema::Payload::ArtifactRestored) return;
    entry = artifacts_.emplace(std::string(id), std::nullopt).first;
  }
  projections::Apply(entry->second, refreshes_, event);
  if (!entry->second) artifacts_.erase(entry);
}

void CollectionState::Settle() {
  for (auto& [id, artifact] : artifacts_) refreshes_.Settle(*artifact);
}

const ArtifactState* CollectionState::Find(std::string_view id) const {
  const auto entry = artifacts_.find(id);
  return entry == artifacts_.end() ? nullptr : &*entry->second;
}

std::vector<const ArtifactState*> CollectionState::artifacts() const {
  std::vector<const ArtifactState*> sorted;
  sorted.reserve(artifacts_.size());
  for (const auto& [id, artifact] : artifacts_) sorted.push_back(&*artifact);
  std::sort(sorted.begin(), sorted.end(), [](const ArtifactState* a, const ArtifactState* b) { return a->id < b->id; });
  return sorted;
}

std::string CollectionState::Encode() const {
  flatbuffers::FlatBufferBuilder builder(1u << 16);
  std::vector<flatbuffers::Offset<schema::ArtifactRecord>> records;
  records.reserve(artifacts_.size());
  for (const ArtifactState* artifact : artifacts()) records.push_back(schema::CreateArtifactRecord(builder, artifact));
  std::vector<flatbuffers::Offset<schema::RefreshMark>> marks;
  for (const RefreshMark& mark : refreshes_.marks())
    marks.push_back(
        schema::CreateRefreshMark(builder, mark.seq, mark.recorded_at, schema::CreateRefreshCompleted(builder, &mark.completed)));
  const auto name = builder.CreateString(name_);
  const auto path = builder.CreateString(path_);
  const auto all_records = builder.CreateVector(records);
  const auto all_marks = builder.CreateVector(marks);
  builder.Finish(
      schema::CreateCollectionCheckpoint(builder, Checkpoint::kFormat, seq_, name, path, exists_, created_at_, all_records, all_marks));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<CollectionState> CollectionState::Decode(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(bytes));
  const auto& view = checkpoint.view();
  CollectionState state(std::string(View(view.name())));
  state.path_.assign(View(view.path()));
  state.exists_ = view.exists();
  state.created_at_ = view.created_at();
  state.seq_ = view.seq();
  state.refreshes_ = checkpoint.refreshes();
  if (const auto* records = view.artifacts(); records != nullptr) {
    state.artifacts_.reserve(records->size());
    for (const auto* record : *records) {
      auto& artifact = state.artifacts_[std::string(View(record->id()))].emplace();
      record->UnPackTo(&artifact);
    }
  }
  return state;
}

}  // namespace skilltrail::projections
