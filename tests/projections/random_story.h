// RandomStory: a long, plausible and hostile life of two collections from one seed: artifacts come, change, move, go and come back,
// refreshes with all kinds of filters run over them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>

#include "tests/projections/story.h"

namespace skilltrail::testing {

// SKILLTRAIL_TEST_SEED, or another one each time; print it with INFO.
inline uint64_t Seed() {
  const char* given = std::getenv("SKILLTRAIL_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

class RandomStory {
 public:
  explicit RandomStory(uint64_t seed) : random_(seed) {}

  const Story& story() const { return story_; }
  uint64_t Below(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_); }
  static Words Ids() { return {"agent:a", "command:a", "skill:a", "skill:ab", "skill:b", "mcp-server:c"}; }

  // Appends one event.
  void TellOne() {
    const std::string collection = Below(10) == 0 ? "other" : "default";
    const std::string id = Pick(Ids());
    switch (Below(26)) {
      case 0:
      case 1:
      case 2:
      case 3:
        story_.Tell(collection, id, Added(AnyRecord()));
        break;
      case 4:
        story_.Tell(collection, id, schema::ArtifactRemovedT());
        break;
      case 5:
        story_.Tell(collection, id, Restored(AnyRecord()));
        break;
      case 6:
      case 7:
        story_.Tell(collection, id, Refreshed(Pick({"title", "author", "origin_source", "license"}), Pick({"", "x", "y"}), Below(3)));
        break;
      case 8:
      case 9:
        story_.Tell(collection, id, Imported(Some(tags_), Some(tags_)));
        break;
      case 10:
        story_.Tell(collection, id, Edited(Some(tags_), Some(tags_), Some(tags_), Some(tags_)));
        break;
      case 11:
      case 12:
      case 13:
        story_.Tell(collection, id, Moved(Pick(repositories_), Pick(repositories_), Below(3)));
        break;
      case 14:
        story_.Tell(collection, id, AnyContent());
        break;
      case 15:
        story_.Tell(collection, id, schema::ArtifactDeployedT(), "/home/u/project");
        break;
      case 16:
        story_.Tell(collection, id, schema::SourceAcceptedT());
        break;
      case 17:
        TellOfCollection(collection);
        break;
      case 18:
        story_.Tell({}, {}, schema::RunCompletedT());
        break;
      default:
        story_.Tell(collection, Below(12) == 0 ? id : "", AnyRefresh());
    }
  }

 private:
  std::string Pick(const Words& words) { return words[Below(words.size())]; }
  Words Some(const Words& words) {
    Words some;
    for (const auto& word : words)
      if (Below(2) == 0) some.push_back(word);
    return some;
  }
  Words Maybe(const Words& words) { return Below(3) == 0 ? Some(words) : Words(); }
  schema::ArtifactRecordT AnyRecord() {
    auto record = Record(Below(6) == 0 ? "" : Pick(repositories_) + Pick({"", "/path", "/path@v1", "@main"}));
    record.user_tags = Some(tags_);
    record.adopted_tags = record.user_tags;
    record.tags_checked_at = static_cast<Micros>(Below(3));
    record.last_refreshed_at = static_cast<Micros>(Below(3));
    record.added_seq = Below(1000);
    return record;
  }
  schema::ContentChangedT AnyContent() {
    schema::ContentChangedT changed;
    changed.content_hash_after = Pick({"c1", "c2"});
    changed.tree_after = std::vector<uint8_t>(32, static_cast<uint8_t>(Below(4)));
    changed.commit = Pick({"", "abc"});
    return changed;
  }
  schema::RefreshCompletedT AnyRefresh() {
    auto completed = Refresh(Some(repositories_));
    completed.mode = static_cast<schema::RefreshMode>(1 + Below(3));
    completed.types = Maybe({"agent", "command", "skill"});
    completed.name_glob = Below(4) == 0 ? Pick({"a*", "?", "b"}) : "";
    completed.artifacts = Maybe(Ids());
    completed.fields = Maybe({"description", "tags"});
    completed.excepted = Maybe(Ids());
    return completed;
  }
  void TellOfCollection(const std::string& collection) {
    switch (Below(6)) {
      case 0:
        story_.Tell(collection, {}, schema::CollectionRemovedT());
        break;
      case 1:
        story_.Tell(collection, {}, schema::CollectionImportedT());
        break;
      default:
        story_.Tell(collection, {}, schema::CollectionCreatedT());
    }
  }

  std::mt19937_64 random_;
  Story story_;
  const Words repositories_{"a/a", "a/b", "b/a", "b/ab"};
  const Words tags_{"ai", "docs", "office", "pdf"};
};

}  // namespace skilltrail::testing
