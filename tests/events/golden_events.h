// The native events whose bytes lie in tests/golden/events-N: one function a released schema. A new release gets a new function and a new
// directory; an old one is never touched.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "events/event.h"

namespace skilltrail::testing {

inline constexpr auto kMax32 = std::numeric_limits<uint32_t>::max();
inline constexpr auto kMax64 = std::numeric_limits<uint64_t>::max();
inline constexpr Micros kLastMoment = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z
inline constexpr Micros kFirstMoment = -62'167'219'200'000'000;  // 0000-01-01T00:00:00.000000Z

// 32 bytes that count up from `first`, wrapping.
inline std::vector<uint8_t> CountingBytes(uint8_t first) {
  std::vector<uint8_t> bytes(32);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(first + i);
  return bytes;
}

inline std::unique_ptr<schema::FieldT> MakeField(std::string name, std::string value) {
  auto field = std::make_unique<schema::FieldT>();
  field->name = std::move(name);
  field->value = std::move(value);
  return field;
}

inline std::unique_ptr<schema::FieldChangeT> MakeChange(std::string name, std::string before, std::string after) {
  auto change = std::make_unique<schema::FieldChangeT>();
  change->field = std::move(name);
  change->before = std::move(before);
  change->after = std::move(after);
  return change;
}

inline std::unique_ptr<schema::ArtifactRecordT> GoldenRecord1() {
  auto record = std::make_unique<schema::ArtifactRecordT>();
  record->id = "skill:pdf";
  record->path = "skills/pdf";
  record->origin = "github";
  record->source = "acme/skills/skills/pdf@v1.2.0";
  record->origin_source = "https://github.com/acme/skills";
  record->version_spec = "v1.2.0";
  record->resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
  record->content_hash = std::string(64, 'c');
  record->tree = CountingBytes(0);
  record->git_tree = std::string(40, 'd');
  record->imported_tags = {"documents", "pdf"};
  record->hidden_tags = {"office"};
  record->user_tags = {"favourite", "größe"};
  record->front_matter_tags = {"forms"};
  record->tags_imported_at = 1'769'074'200'000'001;
  record->tags_checked_at = kLastMoment;
  record->metadata.push_back(MakeField("author", "Ana"));
  record->metadata.push_back(MakeField("description", "Reads PDF files:\n\ttext, \"forms\" and tables \xF0\x9F\x93\x84"));
  record->added_at = -1;
  record->updated_at = 1;
  record->last_refreshed_at = kFirstMoment;
  record->repository_id = kMax64;
  record->added_seq = 1;
  record->changed_seq = kMax64;
  record->adopted_tags = {"favourite"};
  return record;
}

inline std::vector<Payload> GoldenRunPayloads1() {
  schema::RunStartedT started;
  started.actor = "ana@example";
  started.command = "skilltrail refresh -m 'weekly'";
  started.message = "weekly";
  started.idempotency_key = "2026-01-22/refresh";
  started.body_digest = CountingBytes(1);

  schema::RunCompletedT completed;
  completed.status = schema::RunStatus::partial;
  completed.answer = R"({"refreshed": 3})";

  schema::CollectionCreatedT created;
  created.path = "/home/ana/library";
  created.cause = schema::ChangeCause::adopt;

  schema::CollectionRemovedT removed;
  removed.path = "/home/ana/library";

  schema::CollectionImportedT imported;
  imported.path = "/home/ana/library.tar.zst";
  imported.archive = CountingBytes(2);
  imported.events = kMax64;

  return {started, completed, created, removed, imported};
}

inline std::vector<Payload> GoldenArtifactPayloads1() {
  schema::ArtifactAddedT added;
  added.cause = schema::ChangeCause::add;
  added.record = GoldenRecord1();

  schema::ArtifactRemovedT removed;
  removed.cause = schema::ChangeCause::local_edit;
  removed.tree = CountingBytes(3);

  schema::ArtifactRestoredT restored;
  restored.cause = schema::ChangeCause::undo;
  restored.from_seq = kMax64;
  restored.record = GoldenRecord1();

  schema::ContentChangedT changed;
  changed.cause = schema::ChangeCause::upstream;
  changed.tree_before = CountingBytes(4);
  changed.tree_after = CountingBytes(250);
  changed.content_hash_before = std::string(64, 'a');
  changed.content_hash_after = std::string(64, 'b');
  changed.git_tree = std::string(40, 'e');
  changed.commit = std::string(40, 'f');

  schema::MetadataRefreshedT refreshed;
  refreshed.source = "acme/skills/skills/pdf";
  refreshed.commit = std::string(40, '0');
  refreshed.changes.push_back(MakeChange("description", "old", "new"));
  refreshed.changes.push_back(MakeChange("license", "MIT", "Apache-2.0"));
  refreshed.repository_id = 1'296'269;

  schema::MetadataEditedT edited;
  edited.cause = schema::ChangeCause::converged;  // the last of the enum
  edited.changes.push_back(MakeChange("title", "PDF", "PDF files"));

  schema::TagsImportedT tags_imported;
  tags_imported.source = "acme/skills/skills/pdf";
  tags_imported.topics = {"pdf", "documents", "pdf"};
  tags_imported.added = {"documents"};
  tags_imported.removed = {"office"};
  tags_imported.before = {"office", "pdf"};
  tags_imported.after = {"documents", "pdf"};
  tags_imported.etag = "W/\"a1b2\"";

  schema::TagsEditedT tags_edited;
  tags_edited.cause = schema::ChangeCause::command;
  tags_edited.added = {"favourite"};
  tags_edited.removed = {"office"};
  tags_edited.after = {"documents", "favourite", "pdf"};
  tags_edited.user_tags = {"favourite"};
  tags_edited.hidden_tags = {"office"};
  tags_edited.front_matter_tags = {"pdf"};
  tags_edited.adopted_tags = {"favourite"};

  return {added, removed, restored, changed, refreshed, edited, tags_imported, tags_edited};
}

inline std::vector<Payload> GoldenSourcePayloads1() {
  schema::RefreshCompletedT refresh;
  refresh.mode = schema::RefreshMode::sync;
  refresh.types = {"agent", "skill"};
  refresh.name_glob = "p*";
  refresh.artifacts = {"agent:reviewer", "skill:pdf"};
  refresh.fields = {"description", "tags"};
  refresh.repositories = {"acme/agents", "acme/skills"};
  refresh.excepted = {"skill:ppt"};
  refresh.total = kMax32;
  refresh.refreshed = 1;
  refresh.unchanged = 2;
  refresh.skipped = 3;
  refresh.errors = 4;
  refresh.requests_sent = 5;
  refresh.requests_not_modified = kMax32;
  refresh.report = CountingBytes(5);

  schema::SourceMovedT moved;
  moved.before = "acme/skills";
  moved.after = "acme-labs/skills";
  moved.repository_id = 1'296'269;

  schema::SourceChangedT changed;
  changed.source = "acme/skills";
  changed.change = schema::SourceChange::back;
  changed.before = "lost";
  changed.after = "public";

  schema::SourceIdentityChangedT identity;
  identity.source = "acme/skills";
  identity.repository_id_before = 1;
  identity.repository_id_after = kMax64;

  schema::SourceAcceptedT accepted;
  accepted.source = "acme/skills";
  accepted.repository_id = kMax64;

  return {refresh, moved, changed, identity, accepted};
}

inline std::vector<Payload> GoldenDeployPayloads1() {
  schema::ArtifactDeployedT deployed;
  deployed.profile = "claude_code";
  deployed.profile_root = ".claude";
  deployed.path = "skills/pdf";
  deployed.tree = CountingBytes(6);
  deployed.content_hash = std::string(64, '1');
  deployed.tags = {"documents", "pdf"};
  deployed.cause = schema::ChangeCause::redeploy;

  schema::ArtifactUndeployedT undeployed;
  undeployed.cause = schema::ChangeCause::command;
  undeployed.profile_root = ".claude";
  undeployed.path = "skills/pdf";

  schema::BaselineMovedT baseline;
  baseline.cause = schema::ChangeCause::pull;
  baseline.tree = CountingBytes(7);
  baseline.content_hash_before = std::string(64, '2');
  baseline.content_hash = std::string(64, '3');
  baseline.tags = {"pdf"};
  baseline.profile_root = ".claude";

  schema::DriftDetectedT detected;
  detected.drift_type = schema::DriftType::conflict;
  detected.baseline_hash = std::string(64, '4');
  detected.collection_hash = std::string(64, '5');
  detected.project_hash = std::string(64, '6');
  detected.project_tree = CountingBytes(8);
  detected.recommendation = "review";
  detected.profile_root = ".claude";

  schema::DriftResolvedT resolved;
  resolved.drift_type = schema::DriftType::unknown;  // the last of the enum
  resolved.detected_seq = kMax64;
  resolved.profile_root = ".claude";

  return {deployed, undeployed, baseline, detected, resolved};
}

inline std::vector<Payload> GoldenSnapshotPayloads1() {
  schema::SnapshotCreatedT created;
  created.id = "20260122-093000-000001";
  created.name = "before the upgrade";
  created.message = "kept for the audit";
  created.artifact_count = kMax32;

  schema::SnapshotDeletedT deleted;
  deleted.id = "20260122-093000-000001";
  deleted.name = "before the upgrade";

  schema::BlobRedactedT redacted;
  redacted.digest = CountingBytes(9);
  redacted.reason = "held a key";

  return {created, deleted, redacted};
}

// One event of every type of the first released schema, every field set.
inline std::vector<Event> GoldenEvents1() {
  std::vector<Event> events;
  for (auto make : {GoldenRunPayloads1, GoldenArtifactPayloads1, GoldenSourcePayloads1, GoldenDeployPayloads1, GoldenSnapshotPayloads1}) {
    for (auto& payload : make()) {
      Event event;
      const auto run_id = CountingBytes(0x70);
      std::copy_n(run_id.begin(), event.run_id.bytes.size(), event.run_id.bytes.begin());
      event.ordinal = kMax32 - static_cast<uint32_t>(events.size());
      event.recorded_at = 1'769'074'200'000'001 + static_cast<Micros>(events.size());
      event.collection = "default";
      event.artifact = "skill:pdf";
      event.project = "/home/ana/project";
      event.payload = std::move(payload);
      events.push_back(std::move(event));
    }
  }
  return events;
}

}  // namespace skilltrail::testing
