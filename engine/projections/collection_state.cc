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

// Where in an entry a field of its artifact stands: behind the word that shifts it.
template <class Field>
size_t OffsetOf(Field ArtifactState::*field) {
  static const ArtifactState example;
  return reinterpret_cast<const char*>(&(example.*field)) - reinterpret_cast<const char*>(&example) + sizeof(uint64_t);
}
const size_t kTagsAt = OffsetOf(&ArtifactState::imported_tags);
const size_t kMetadataAt = OffsetOf(&ArtifactState::metadata);

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
                                        pages_.clear();
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
    const auto place = places_.Guess(id);
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
    if (expected.place < places_.size()) step(EntryAt(expected.place), expected.type);
  };
  fetch(0, [](const Entry& entry, schema::Payload type) {
    const auto* begin = reinterpret_cast<const char*>(&entry);
    const size_t skip = type == schema::Payload::ContentChanged ? 0 : ChangesMetadata(type) ? kMetadataAt : kTagsAt;
    Fetch(begin + skip, sizeof(Entry) - skip);
  });
  fetch(kPointersLag, [](const Entry& entry, schema::Payload type) {
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
  std::optional<ArtifactState>& artifact = (place ? EntryAt(*place) : Add(id)).artifact;
  const bool was_there = artifact.has_value();
  projections::Apply(artifact, refreshes_, event);
  if (artifact.has_value() != was_there) size_ = was_there ? size_ - 1 : size_ + 1;
}

std::optional<size_t> CollectionState::PlaceOf(std::string_view id, const schema::Event* event) {
  if (next_expected_ < expected_.size() && expected_[next_expected_].event == event) {
    FetchUpTo(next_expected_ + kFetchAhead);
    const size_t place = expected_[next_expected_++].place;
    if (place < places_.size() && places_.NameAt(place) == id) return place;
  }
  return places_.Find(id);
}

CollectionState::Entry& CollectionState::Add(std::string_view id) {
  const size_t place = places_.Add(id);
  if (place == pages_.size() * kEntriesAPage) pages_.emplace_back();
  return EntryAt(place);
}

void CollectionState::Settle() {
  for (size_t place = 0; place < places_.size(); ++place)
    if (auto& artifact = EntryAt(place).artifact) refreshes_.Settle(*artifact);
}

const ArtifactState* CollectionState::Find(std::string_view id) const {
  const auto place = places_.Find(id);
  if (!place || !EntryAt(*place).artifact) return nullptr;
  return &*EntryAt(*place).artifact;
}

std::vector<const ArtifactState*> CollectionState::artifacts() const {
  std::vector<const ArtifactState*> sorted;
  sorted.reserve(size_);
  for (size_t place = 0; place < places_.size(); ++place)
    if (const auto& artifact = EntryAt(place).artifact) sorted.push_back(&*artifact);
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
    for (const auto* record : *records) record->UnPackTo(&state.Add(View(record->id())).artifact.emplace());
    state.size_ = state.places_.size();
  }
  return state;
}

}  // namespace skilltrail::projections
