#include "engine/projections/collection_state.h"

#include <algorithm>

#include "engine/projections/checkpoint.h"
#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

void Fetch(const void* from, size_t bytes) {
  constexpr uintptr_t kLineBytes = 64;
  const auto begin = reinterpret_cast<uintptr_t>(from);
  for (uintptr_t line = begin & ~(kLineBytes - 1); line < begin + bytes; line += kLineBytes)
    __builtin_prefetch(reinterpret_cast<const void*>(line));
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

// A state hangs together by pointers, and what one leads to can't be fetched before the pointer is there: so all entries first, then what
// they point to, then what that points to.
void CollectionState::Expect(std::span<const schema::Event* const> events) {
  // Tags, times and metadata, which most events touch, are the end of a record; the rest of it is left out, since fetching costs too.
  constexpr size_t kEndBytes = 256;
  static_assert(sizeof(Entry) > kEndBytes);
  expected_.clear();
  next_expected_ = 0;
  for (const schema::Event* event : events) {
    const auto id = View(event->artifact());
    if (id.empty() || View(event->collection()) != name_) continue;
    const auto place = places_.Find(PlaceIndex::HashOf(id), [](size_t) { return true; });
    if (!place) continue;
    expected_.push_back({event, *place});
    const auto* entry = reinterpret_cast<const char*>(&entries_[*place]);
    Fetch(entry, sizeof(Entry::id));
    Fetch(entry + sizeof(Entry) - kEndBytes, kEndBytes);
  }
  for (const Expected& expected : expected_) {
    const Entry& entry = entries_[expected.place];
    Fetch(entry.id.data(), entry.id.size());
    if (!entry.artifact) continue;
    Fetch(entry.artifact->imported_tags.data(), entry.artifact->imported_tags.size() * sizeof(std::string));
    Fetch(entry.artifact->metadata.data(), entry.artifact->metadata.size() * sizeof(entry.artifact->metadata[0]));
  }
  for (const Expected& expected : expected_) {
    const Entry& entry = entries_[expected.place];
    if (!entry.artifact) continue;
    for (const auto& field : entry.artifact->metadata) Fetch(field.get(), sizeof(*field));
  }
  for (const Expected& expected : expected_) {
    const Entry& entry = entries_[expected.place];
    if (!entry.artifact) continue;
    for (const auto& field : entry.artifact->metadata) Fetch(field->value.data(), field->value.size());
  }
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
