// Story: events as a test tells them, encoded and standing in order, without a store. What a fold sees is what it would see in the log.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/projections/artifact_state.h"
#include "engine/projections/collection_state.h"
#include "engine/store/event_log.h"
#include "events/codec.h"
#include "events/event.h"

namespace skilltrail::testing {

constexpr Micros kMinute = 60'000'000;
// When the event at that sequence of a story is recorded.
constexpr Micros TimeOf(Seq seq) {
  return 1'700'000'000'000'000 + static_cast<Micros>(seq) * kMinute;
}

class Story {
 public:
  // Appends one event and returns its sequence.
  Seq Tell(std::string collection, std::string artifact, Payload payload, std::string project = {}) {
    Event event;
    event.run_id.bytes[15] = 1;
    event.ordinal = static_cast<uint32_t>(events_.size());
    event.recorded_at = TimeOf(head() + 1);
    event.collection = std::move(collection);
    event.artifact = std::move(artifact);
    event.project = std::move(project);
    event.payload = std::move(payload);
    events_.push_back(EncodeEvent(event));
    return head();
  }
  // Of the collection "default".
  Seq Of(std::string artifact, Payload payload) { return Tell("default", std::move(artifact), std::move(payload)); }
  Seq OfCollection(Payload payload) { return Tell("default", {}, std::move(payload)); }

  Seq head() const { return events_.size(); }
  const std::vector<std::vector<uint8_t>>& events() const { return events_; }
  store::StoredEvent At(Seq seq) const {
    store::StoredEvent event;
    event.seq = seq;
    event.bytes = events_[seq - 1];
    event.event = &ViewEvent(event.bytes);
    return event;
  }
  template <class Visitor>
  void Each(Seq after, Seq through, const Visitor& visit) const {
    for (Seq seq = after + 1; seq <= through; ++seq) visit(At(seq));
  }
  projections::CollectionState Collection(Seq through, const std::string& name = "default") const {
    projections::CollectionState state(name);
    Each(0, through, [&](const store::StoredEvent& event) { state.Apply(event); });
    state.Settle();
    state.set_seq(through);
    return state;
  }
  projections::CollectionState Collection() const { return Collection(head()); }

 private:
  std::vector<std::vector<uint8_t>> events_;
};

using Words = std::vector<std::string>;

inline schema::ArtifactRecordT Record(std::string source = "anthropics/skills/pdf") {
  schema::ArtifactRecordT record;
  record.path = "skills/pdf";
  record.origin = source.empty() ? "local" : "github";
  record.source = std::move(source);
  record.content_hash = "c0";
  record.tree = std::vector<uint8_t>(32, 1);
  return record;
}

inline Payload Added(schema::ArtifactRecordT record = Record(), schema::ChangeCause cause = schema::ChangeCause::add) {
  schema::ArtifactAddedT added;
  added.cause = cause;
  added.record = std::make_unique<schema::ArtifactRecordT>(std::move(record));
  return added;
}

inline Payload Restored(schema::ArtifactRecordT record, Seq from = 0) {
  schema::ArtifactRestoredT restored;
  restored.cause = schema::ChangeCause::restore;
  restored.from_seq = from;
  restored.record = std::make_unique<schema::ArtifactRecordT>(std::move(record));
  return restored;
}

inline Payload Imported(Words before, Words after) {
  schema::TagsImportedT imported;
  imported.source = "anthropics/skills";
  imported.topics = after;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(imported.added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(imported.removed));
  imported.before = std::move(before);
  imported.after = std::move(after);
  return imported;
}

// The sets after the edit: user, hidden, front matter, adopted.
inline Payload Edited(Words user, Words hidden = {}, Words front_matter = {}, Words adopted = {}) {
  schema::TagsEditedT edited;
  edited.cause = schema::ChangeCause::command;
  edited.user_tags = std::move(user);
  edited.hidden_tags = std::move(hidden);
  edited.front_matter_tags = std::move(front_matter);
  edited.adopted_tags = std::move(adopted);
  return edited;
}

inline Payload Refreshed(std::string field, std::string after, uint64_t repository_id = 0) {
  schema::MetadataRefreshedT refreshed;
  refreshed.source = "anthropics/skills";
  refreshed.repository_id = repository_id;
  auto change = std::make_unique<schema::FieldChangeT>();
  change->field = std::move(field);
  change->after = std::move(after);
  refreshed.changes.push_back(std::move(change));
  return refreshed;
}

inline Payload Moved(std::string before, std::string after, uint64_t repository_id = 0) {
  schema::SourceMovedT moved;
  moved.before = std::move(before);
  moved.after = std::move(after);
  moved.repository_id = repository_id;
  return moved;
}

// A refresh of everything in these repositories.
inline schema::RefreshCompletedT Refresh(Words repositories = {"anthropics/skills"}) {
  schema::RefreshCompletedT completed;
  completed.mode = schema::RefreshMode::metadata_only;
  completed.repositories = std::move(repositories);
  return completed;
}

}  // namespace skilltrail::testing
