#include "bench/library_story.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "events/codec.h"
#include "events/digest.h"

namespace skilltrail::bench {
namespace {

constexpr Micros kBegin = 1'700'000'000'000'000;
constexpr Micros kBetweenEvents = 50'000;
constexpr uint64_t kArtifactsPerRepository = 100;
constexpr const char* kCollection = "default";
constexpr const char* kTopics[] = {"agent-skills", "claude-code", "documents", "office", "pdf", "review", "spreadsheets", "sql", "testing"};

std::string RepositoryOf(uint64_t artifact) {
  const std::string number = std::to_string(artifact / kArtifactsPerRepository);
  return "team-" + number + "/agent-skills-" + number;
}

std::string SourceOf(uint64_t artifact) {
  return RepositoryOf(artifact) + "/skills/skill-number-" + std::to_string(artifact);
}

std::vector<uint8_t> DigestBytes(uint64_t artifact, uint64_t version) {
  const Digest digest = Sha256(std::to_string(artifact) + "/" + std::to_string(version));
  return {digest.bytes.begin(), digest.bytes.end()};
}

std::string HexOf(uint64_t artifact, uint64_t version, size_t digits) {
  return Sha256(std::to_string(version) + "#" + std::to_string(artifact)).hex().substr(0, digits);
}

// Sorted, each once.
std::vector<std::string> Tags(uint32_t which) {
  std::vector<std::string> tags;
  for (size_t i = 0; i < std::size(kTopics); ++i)
    if ((which >> i & 1) != 0) tags.emplace_back(kTopics[i]);
  return tags;
}

std::string DescriptionOf(uint64_t artifact, uint64_t version) {
  return "Reads tables from documents of kind " + std::to_string(artifact) + " and writes clean files, version " + std::to_string(version);
}

Payload Added(uint64_t artifact) {
  schema::ArtifactAddedT added;
  added.cause = schema::ChangeCause::add;
  added.record = std::make_unique<schema::ArtifactRecordT>();
  auto& record = *added.record;
  record.path = "skills/skill-number-" + std::to_string(artifact);
  record.origin = "github";
  record.source = SourceOf(artifact);
  record.origin_source = "https://github.com/" + RepositoryOf(artifact);
  record.version_spec = "latest";
  record.resolved_sha = HexOf(artifact, 0, 40);
  record.content_hash = HexOf(artifact, 1, 64);
  record.tree = DigestBytes(artifact, 0);
  record.git_tree = HexOf(artifact, 2, 40);
  record.repository_id = 710'000 + artifact / kArtifactsPerRepository;
  auto description = std::make_unique<schema::FieldT>();
  description->name = "description";
  description->value = DescriptionOf(artifact, 0);
  record.metadata.push_back(std::move(description));
  return added;
}

}  // namespace

std::string LibraryStory::ArtifactOf(uint64_t number) {
  return "skill:skill-number-" + std::to_string(number);
}

// xorshift64: the same everywhere, which std's distributions are not.
uint64_t LibraryStory::Below(uint64_t bound) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ % bound;
}

void LibraryStory::Tell(std::vector<StoryEvent>& run, const std::string& artifact, Payload payload, const std::string& project) {
  Event event;
  event.run_id = run_id_;
  event.ordinal = static_cast<uint32_t>(run.size());
  event.recorded_at = kBegin + static_cast<Micros>(told_++) * kBetweenEvents;
  event.collection = kCollection;
  event.artifact = artifact;
  event.project = project;
  event.payload = std::move(payload);
  StoryEvent told;
  told.bytes = EncodeEvent(event);
  told.artifact = artifact;
  told.type = ViewEvent(told.bytes).payload_type();
  told.run = run_id_;
  run.push_back(std::move(told));
}

std::vector<StoryEvent> LibraryStory::NextRun() {
  run_id_ = NewRunId(kBegin + static_cast<Micros>(told_) * kBetweenEvents);
  const bool first = told_ == 0;
  std::vector<StoryEvent> run;
  run.reserve(kRunEvents);
  schema::RunStartedT started;
  started.actor = "ada@workstation";
  started.command = added_ < artifacts_ ? "skilltrail add --all" : "skilltrail refresh --sync";
  Tell(run, {}, std::move(started));
  if (first) {
    schema::CollectionCreatedT created;
    created.cause = schema::ChangeCause::command;
    Tell(run, {}, std::move(created));
  }
  const bool adding = added_ < artifacts_;
  while (run.size() < kRunEvents - (adding ? 1 : 2)) {
    if (added_ < artifacts_) {
      Tell(run, ArtifactOf(added_), Added(added_));
      ++added_;
      continue;
    }
    const uint64_t artifact = Below(artifacts_);
    Payload payload = Change(artifact);
    const bool deployed = std::holds_alternative<schema::ArtifactDeployedT>(payload);
    Tell(run, ArtifactOf(artifact), std::move(payload), deployed ? "/home/ada/projects/service-" + std::to_string(Below(40)) : "");
  }
  if (!adding) Tell(run, {}, Completed());
  schema::RunCompletedT completed;
  completed.status = schema::RunStatus::completed;
  Tell(run, {}, std::move(completed));
  return run;
}

Payload LibraryStory::Change(uint64_t artifact) {
  const uint64_t dice = Below(100);
  if (dice < 45) return Imported(artifact);
  if (dice < 80) return Refreshed(artifact);
  if (dice < 92) return Content(artifact);
  if (dice < 96) {
    schema::TagsEditedT edited;
    edited.cause = schema::ChangeCause::command;
    edited.user_tags = {"mine", "team-" + std::to_string(Below(5))};
    edited.added = {edited.user_tags.back()};
    edited.after = edited.user_tags;
    return edited;
  }
  schema::ArtifactDeployedT deployed;
  deployed.cause = schema::ChangeCause::deploy;
  deployed.profile = "claude_code";
  deployed.profile_root = ".claude";
  deployed.path = "skills/skill-number-" + std::to_string(artifact);
  deployed.tree = DigestBytes(artifact, told_);
  deployed.content_hash = HexOf(artifact, told_, 64);
  deployed.tags = Tags(tags_[artifact]);
  return deployed;
}

Payload LibraryStory::Refreshed(uint64_t artifact) {
  schema::MetadataRefreshedT refreshed;
  refreshed.source = SourceOf(artifact);
  refreshed.commit = HexOf(artifact, told_, 40);
  refreshed.repository_id = 710'000 + artifact / kArtifactsPerRepository;
  auto description = std::make_unique<schema::FieldChangeT>();
  description->field = "description";
  description->before = DescriptionOf(artifact, versions_[artifact]);
  description->after = DescriptionOf(artifact, ++versions_[artifact]);
  refreshed.changes.push_back(std::move(description));
  if (Below(4) == 0) {
    auto license = std::make_unique<schema::FieldChangeT>();
    license->field = "license";
    license->before = "MIT";
    license->after = "Apache-2.0";
    refreshed.changes.push_back(std::move(license));
  }
  return refreshed;
}

Payload LibraryStory::Imported(uint64_t artifact) {
  schema::TagsImportedT imported;
  imported.source = SourceOf(artifact);
  imported.before = Tags(tags_[artifact]);
  // Upstream adds or drops a topic or two.
  tags_[artifact] ^= 1u << Below(std::size(kTopics)) | 1u << Below(std::size(kTopics));
  imported.after = Tags(tags_[artifact]);
  imported.topics = imported.after;
  std::set_difference(imported.after.begin(), imported.after.end(), imported.before.begin(), imported.before.end(),
                      std::back_inserter(imported.added));
  std::set_difference(imported.before.begin(), imported.before.end(), imported.after.begin(), imported.after.end(),
                      std::back_inserter(imported.removed));
  imported.etag = "W/\"" + HexOf(artifact, told_, 64) + "\"";
  return imported;
}

Payload LibraryStory::Content(uint64_t artifact) {
  schema::ContentChangedT changed;
  changed.cause = schema::ChangeCause::upstream;
  changed.tree_before = DigestBytes(artifact, told_ - 1);
  changed.tree_after = DigestBytes(artifact, told_);
  changed.content_hash_before = HexOf(artifact, told_ - 1, 64);
  changed.content_hash_after = HexOf(artifact, told_, 64);
  changed.git_tree = HexOf(artifact, told_ + 1, 40);
  changed.commit = HexOf(artifact, told_ + 2, 40);
  return changed;
}

// A refresh of the whole library.
Payload LibraryStory::Completed() const {
  schema::RefreshCompletedT completed;
  completed.mode = schema::RefreshMode::sync;
  for (uint64_t artifact = 0; artifact < artifacts_; artifact += kArtifactsPerRepository)
    completed.repositories.push_back(RepositoryOf(artifact));
  std::sort(completed.repositories.begin(), completed.repositories.end());
  completed.total = static_cast<uint32_t>(artifacts_);
  completed.refreshed = static_cast<uint32_t>(kRunEvents);
  completed.requests_sent = static_cast<uint32_t>(completed.repositories.size());
  return completed;
}

}  // namespace skilltrail::bench
