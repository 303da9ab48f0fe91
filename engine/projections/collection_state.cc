#include "engine/projections/collection_state.h"

#include <algorithm>

#include "engine/projections/checkpoint.h"
#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

void Fetch(const void* from, size_t bytes) {
  asm volatile("");  // GCC takes a function that does nothing but prefetch for one without effects, and drops calls of it
  constexpr uintptr_t kLineBytes = 64;
  const auto begin = reinterpret_cast<uintptr_t>(from);
  for (uintptr_t line = begin & ~(kLineBytes - 1); line < begin + bytes; line += kLineBytes)
    __builtin_prefetch(reinterpret_cast<const void*>(line));
}

bool ChangesMetadata(schema::Payload type) {
  return type == schema::Payload::MetadataRefreshed || type == schema::Payload::MetadataEdited;
}

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
                                        places_.Clear();
                                        entries_.clear();
                                        size_ = 0;
                                        refreshes_ = RefreshMarks();
                                      },
                                      [&](const schema::RefreshCompleted& completed) { refreshes_.Add(event, completed); }, PassedOver{}});
  if (const auto id = View(event.event->artifact()); !id.empty()) ApplyToArtifact(id, event);
}

void CollectionState::Expect(std::span<const schema::Event* const> events) {
  expected_.clear();
  next_expected_ = 0;
  for (const schema::Event* event : events) {
    const auto id = View(event->artifact());
    if (id.empty() || View(event->collection()) != name_) continue;
    const auto place = places_.Find(PlaceIndex::HashOf(id), [](size_t) { return true; });
    if (place) expected_.push_back({event, event->payload_type(), *place});
  }
  for (size_t far = 0; far < kFetchAhead; ++far) FetchUpTo(far);
}

void CollectionState::FetchUpTo(size_t far) {
  // Each step reads what the one before it asked for, so they are a few events apart.
  constexpr size_t kPointersLag = 4, kFieldsLag = 8, kValuesLag = 10;
  static_assert(kValuesLag < kFetchAhead);
  const auto fetch = [&](size_t lag, auto step) {
    if (far < lag || far - lag >= expected_.size()) return;
    const Expected& expected = expected_[far - lag];
    if (expected.place < entries_.size()) step(entries_[expected.place], expected.type);
  };
  fetch(0, [](const Entry& entry, schema::Payload type) {
    // Tags, times and metadata, which most events touch, are the end of a record.
    constexpr size_t kEndBytes = 256;
    static_assert(sizeof(Entry) > kEndBytes);
    if (type == schema::Payload::ContentChanged) return Fetch(&entry, sizeof(Entry));
    Fetch(&entry, sizeof(Entry::id));
    Fetch(reinterpret_cast<const char*>(&entry) + sizeof(Entry) - kEndBytes, kEndBytes);
  });
  fetch(kPointersLag, [](const Entry& entry, schema::Payload type) {
    Fetch(entry.id.data(), entry.id.size());
    if (!entry.artifact) return;
    const ArtifactState& artifact = *entry.artifact;
    if (type == schema::Payload::TagsImported) Fetch(artifact.imported_tags.data(), artifact.imported_tags.size() * sizeof(std::string));
    if (ChangesMetadata(type)) Fetch(artifact.metadata.data(), artifact.metadata.size() * sizeof(artifact.metadata[0]));
    if (type == schema::Payload::ContentChanged) {
      Fetch(artifact.tree.data(), artifact.tree.size());
      for (const auto* text : {&artifact.content_hash, &artifact.git_tree, &artifact.resolved_sha}) Fetch(text->data(), text->size());
    }
  });
  fetch(kFieldsLag, [](const Entry& entry, schema::Payload type) {
    if (!entry.artifact || !ChangesMetadata(type)) return;
    for (const auto& field : entry.artifact->metadata) Fetch(field.get(), sizeof(*field));
  });
  fetch(kValuesLag, [](const Entry& entry, schema::Payload type) {
    if (!entry.artifact || !ChangesMetadata(type)) return;
    for (const auto& field : entry.artifact->metadata) Fetch(field->value.data(), field->value.size());
  });
}

void CollectionState::ApplyToArtifact(std::string_view id, const store::StoredEvent& event) {
  const auto place = PlaceOf(id, event.event);
  if (!place) {
    const auto type = event.event->payload_type();
    if (type != schema::Payload::ArtifactAdded && type != schema::Payload::ArtifactRestored) return;
  }
  std::optional<ArtifactState>& artifact = (place ? entries_[*place] : At(id)).artifact;
  const bool was_there = artifact.has_value();
  projections::Apply(artifact, refreshes_, event);
  if (artifact.has_value() != was_there) size_ = was_there ? size_ - 1 : size_ + 1;
}

std::optional<size_t> CollectionState::PlaceOf(std::string_view id) const {
  return places_.Find(PlaceIndex::HashOf(id), [&](size_t place) { return entries_[place].id == id; });
}

std::optional<size_t> CollectionState::PlaceOf(std::string_view id, const schema::Event* event) {
  if (next_expected_ < expected_.size() && expected_[next_expected_].event == event) {
    FetchUpTo(next_expected_ + kFetchAhead);
    const size_t place = expected_[next_expected_++].place;
    if (place < entries_.size() && entries_[place].id == id) return place;
  }
  return PlaceOf(id);
}

CollectionState::Entry& CollectionState::At(std::string_view id) {
  if (const auto place = PlaceOf(id)) return entries_[*place];
  places_.Add(PlaceIndex::HashOf(id), entries_.size());
  return entries_.emplace_back(Entry{std::string(id), std::nullopt});
}

void CollectionState::Settle() {
  for (auto& entry : entries_)
    if (entry.artifact) refreshes_.Settle(*entry.artifact);
}

const ArtifactState* CollectionState::Find(std::string_view id) const {
  const auto place = PlaceOf(id);
  if (!place || !entries_[*place].artifact) return nullptr;
  return &*entries_[*place].artifact;
}

std::vector<const ArtifactState*> CollectionState::artifacts() const {
  std::vector<const ArtifactState*> sorted;
  sorted.reserve(size_);
  for (const auto& entry : entries_)
    if (entry.artifact) sorted.push_back(&*entry.artifact);
  std::sort(sorted.begin(), sorted.end(), [](const ArtifactState* a, const ArtifactState* b) { return a->id < b->id; });
  return sorted;
}

std::string CollectionState::Encode() const {
  return Encode(artifacts());
}

std::vector<std::string> CollectionState::EncodeShards() const {
  std::vector<std::vector<const ArtifactState*>> shards(Checkpoint::kShards);
  for (const ArtifactState* artifact : artifacts()) shards[Checkpoint::ShardOf(artifact->id)].push_back(artifact);
  std::vector<std::string> encoded;
  for (const auto& shard : shards) encoded.push_back(Encode(shard));
  return encoded;
}

std::string CollectionState::Encode(const std::vector<const ArtifactState*>& artifacts) const {
  flatbuffers::FlatBufferBuilder builder(1u << 16);
  std::vector<flatbuffers::Offset<schema::ArtifactRecord>> records;
  records.reserve(artifacts.size());
  for (const ArtifactState* artifact : artifacts) records.push_back(schema::CreateArtifactRecord(builder, artifact));
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
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::OpenInPlace(bytes));
  const auto& view = checkpoint.view();
  CollectionState state(std::string(View(view.name())));
  state.path_.assign(View(view.path()));
  state.exists_ = view.exists();
  state.created_at_ = view.created_at();
  state.seq_ = view.seq();
  state.refreshes_ = checkpoint.refreshes();
  if (const auto* records = view.artifacts(); records != nullptr) {
    for (const auto* record : *records) record->UnPackTo(&state.At(View(record->id())).artifact.emplace());
    state.size_ = state.entries_.size();
  }
  return state;
}

}  // namespace skilltrail::projections
