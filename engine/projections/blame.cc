#include "engine/projections/blame.h"

#include <algorithm>
#include <utility>

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using SaysNothing =
    Ignored<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionRemoved, schema::CollectionImported,
            schema::ArtifactRemoved, schema::MetadataEdited, schema::TagsEdited, schema::RefreshCompleted, schema::SourceIdentityChanged,
            schema::ArtifactDeployed, schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved,
            schema::SnapshotCreated, schema::SnapshotDeleted, schema::BlobRedacted, UnknownEvent>;

// What the event says of where its values come from.
void Describe(const schema::Event& event, const std::optional<ArtifactState>& artifact, BlameChange& change) {
  const auto from_record = [&](const schema::ArtifactRecord* record) {
    if (record == nullptr) return;
    change.source = View(record->source());
    change.commit = View(record->resolved_sha());
  };
  VisitPayload(event, Overload{[&](const schema::ArtifactAdded& e) { from_record(e.record()); },
                               [&](const schema::ArtifactRestored& e) { from_record(e.record()); },
                               [&](const schema::ContentChanged& e) {
                                 change.commit = View(e.commit());
                                 if (!change.commit.empty() && artifact) change.source = artifact->source;
                               },
                               [&](const schema::MetadataRefreshed& e) {
                                 change.source = View(e.source());
                                 change.commit = View(e.commit());
                               },
                               [&](const schema::TagsImported& e) {
                                 change.source = View(e.source());
                                 change.validator = View(e.etag());
                               },
                               [&](const schema::SourceMoved& e) { change.source = View(e.before()); },
                               [&](const schema::SourceChanged& e) { change.source = View(e.source()); },
                               [&](const schema::SourceAccepted& e) { change.source = View(e.source()); }, SaysNothing{}});
}

}  // namespace

Blame::Values Blame::ValuesOf(const std::optional<ArtifactState>& artifact) {
  Values values;
  if (!artifact) return values;
  const auto set = [&](std::string name, const std::string& value) {
    if (!value.empty()) values.insert_or_assign(std::move(name), value);
  };
  for (const auto& field : artifact->metadata) set(field->name, field->value);
  set("path", artifact->path);
  set("source", artifact->source);
  set("origin_source", artifact->origin_source);
  set("version_spec", artifact->version_spec);
  set("resolved_sha", artifact->resolved_sha);
  set("content_hash", artifact->content_hash);
  for (const auto& tag : EffectiveTags(*artifact)) set(std::string(kTagPrefix) + tag, tag);
  return values;
}

void Blame::Apply(const store::StoredEvent& event) {
  if (event.event->payload_type() == schema::Payload::CollectionRemoved) {
    artifact_.reset();
  } else {
    projections::Apply(artifact_, event);
  }
  BlameChange change;
  change.seq = event.seq;
  change.recorded_at = event.event->recorded_at();
  change.run = RunIdOf(*event.event);
  change.type = EventTypeName(*event.event);
  if (const auto* imported = event.event->payload_as_TagsImported()) {
    BlameImport import{event.seq,
                       change.recorded_at,
                       change.run,
                       std::string(View(imported->source())),
                       std::string(View(imported->etag())),
                       Strings(imported->topics())};
    std::sort(import.topics.begin(), import.topics.end());
    imports_.push_back(std::move(import));
  }
  Values now = ValuesOf(artifact_);
  if (now == values_) return;
  Describe(*event.event, artifact_, change);
  for (const auto& [name, value] : now) {
    const auto before = values_.find(name);
    if (before != values_.end() && before->second == value) continue;
    change.removed = false;
    change.value = value;
    changes_[name].push_back(change);
  }
  for (const auto& [name, value] : values_) {
    if (now.contains(name)) continue;
    change.removed = true;
    change.value.clear();
    changes_[name].push_back(change);
  }
  values_ = std::move(now);
}

}  // namespace skilltrail::projections
