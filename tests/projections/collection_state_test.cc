#include "engine/projections/collection_state.h"

#include <catch2/catch.hpp>

#include "schema/checkpoint_generated.h"
#include "tests/projections/random_story.h"
#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::CollectionState;

schema::CollectionCreatedT CreatedAt(std::string path) {
  schema::CollectionCreatedT created;
  created.path = std::move(path);
  return created;
}

TEST_CASE("a collection exists from its creation to its removal, and forgets its artifacts with it") {
  Story story;
  REQUIRE_FALSE(story.Collection().exists());
  const Seq created = story.OfCollection(CreatedAt("/home/u/skills"));
  story.Of("skill:pdf", Added());
  REQUIRE(story.Collection().exists());
  REQUIRE(story.Collection().path() == "/home/u/skills");
  REQUIRE(story.Collection().created_at() == TimeOf(created));
  REQUIRE(story.Collection().size() == 1);
  story.OfCollection(Refresh());
  story.OfCollection(schema::CollectionRemovedT());
  REQUIRE_FALSE(story.Collection().exists());
  REQUIRE(story.Collection().size() == 0);
  REQUIRE(story.Collection().refreshes().marks().empty());
}

TEST_CASE("an import puts a collection where it says, and keeps the day of its creation") {
  Story story;
  const Seq created = story.OfCollection(CreatedAt("/elsewhere"));
  story.OfCollection(schema::CollectionImportedT());
  REQUIRE(story.Collection().path().empty());
  REQUIRE(story.Collection().created_at() == TimeOf(created));
}

TEST_CASE("events of another collection are skipped but counted") {
  Story story;
  story.Of("skill:pdf", Added());
  story.Tell("other", "skill:pdf", schema::ArtifactRemovedT());
  CollectionState state("default");
  story.Each(0, story.head(), [&](const store::StoredEvent& event) { state.Apply(event); });
  REQUIRE(state.seq() == 2);
  REQUIRE(state.Find("skill:pdf") != nullptr);
}

TEST_CASE("artifacts come sorted by id") {
  Story story;
  for (const char* id : {"skill:b", "agent:z", "skill:a"}) story.Of(id, Added());
  const CollectionState state = story.Collection();
  Words ids;
  for (const auto* artifact : state.artifacts()) ids.push_back(artifact->id);
  REQUIRE(ids == Words{"agent:z", "skill:a", "skill:b"});
}

TEST_CASE("a refresh before the source moved counts for the source of then, one after it for the new one") {
  Story story;
  story.Of("skill:pdf", Added(Record("old/repo/pdf")));
  const Seq before = story.OfCollection(Refresh({"old/repo"}));
  story.OfCollection(Refresh({"new/home"}));
  story.Of("skill:pdf", Moved("old/repo", "new/home"));
  REQUIRE(story.Collection().Find("skill:pdf")->tags_checked_at == TimeOf(before));
  story.OfCollection(Refresh({"old/repo"}));
  REQUIRE(story.Collection().Find("skill:pdf")->tags_checked_at == TimeOf(before));
  const Seq after = story.OfCollection(Refresh({"new/home"}));
  REQUIRE(story.Collection().Find("skill:pdf")->tags_checked_at == TimeOf(after));
}

TEST_CASE("a restore brings back when tags were checked as of then, and later refreshes count on") {
  auto record = Record();
  record.tags_checked_at = 77;
  Story story;
  story.Of("skill:pdf", Added());
  story.OfCollection(Refresh());
  story.Of("skill:pdf", Restored(record));
  REQUIRE(story.Collection().Find("skill:pdf")->tags_checked_at == 77);
  const Seq after = story.OfCollection(Refresh());
  REQUIRE(story.Collection().Find("skill:pdf")->tags_checked_at == TimeOf(after));
}

TEST_CASE("decoding and encoding a state gives the same bytes, and the same events the same bytes") {
  const uint64_t seed = Seed();
  INFO("seed " << seed);
  RandomStory random(seed);
  for (int i = 0; i < 400; ++i) {
    random.TellOne();
    if (i % 20 != 0) continue;
    const std::string bytes = random.story().Collection().Encode();
    REQUIRE(random.story().Collection().Encode() == bytes);
    const auto decoded = CollectionState::Decode(bytes);
    REQUIRE(decoded.ok());
    REQUIRE(decoded->seq() == random.story().head());
    REQUIRE(decoded->Encode() == bytes);
  }
}

TEST_CASE("how often a fold is settled on its way does not show in its state") {
  const uint64_t seed = Seed();
  INFO("seed " << seed);
  RandomStory random(seed);
  CollectionState often("default");
  for (int i = 0; i < 600; ++i) {
    random.TellOne();
    often.Apply(random.story().At(random.story().head()));
    if (i % 3 == 0) often.Settle();
  }
  often.Settle();
  REQUIRE(often.Encode() == random.story().Collection().Encode());
}

TEST_CASE("damaged checkpoint bytes are refused, never followed") {
  Story story;
  story.OfCollection(CreatedAt("/home/u/skills"));
  story.Of("skill:pdf", Added());
  story.Of("skill:pdf", Refreshed("title", "PDF"));
  story.OfCollection(Refresh());
  const std::string bytes = story.Collection().Encode();
  for (size_t size = 0; size + sizeof(uint64_t) < bytes.size(); ++size) {  // the last word may be padding
    const auto cut = CollectionState::Decode(std::string_view(bytes).substr(0, size));
    REQUIRE_FALSE(cut.ok());
    REQUIRE(cut.error().code == Code::kCorrupt);
  }
  REQUIRE_FALSE(CollectionState::Decode("").ok());
  REQUIRE_FALSE(CollectionState::Decode("not a checkpoint, but long enough to be one").ok());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 4, 7}) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto decoded = CollectionState::Decode(flipped);
      if (decoded.ok()) REQUIRE(decoded->artifacts().size() <= 1);
    }
  }
}

TEST_CASE("a checkpoint of another format is refused") {
  schema::CollectionCheckpointT other;
  other.format = 999;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::CreateCollectionCheckpoint(builder, &other));
  const auto decoded = CollectionState::Decode({reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()});
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().code == Code::kCorrupt);
}

}  // namespace
}  // namespace skilltrail::testing
