#include "engine/projections/state_reader.h"

#include <catch2/catch.hpp>

#include "engine/projections/checkpoint.h"
#include "tests/projections/random_story.h"
#include "tests/projections/story.h"
#include "tests/support/log_fixture.h"

namespace skilltrail::testing {
namespace {

using projections::ArtifactState;
using projections::CheckpointIfDue;
using projections::CollectionState;
using projections::kCheckpointEvery;
using projections::StateReader;

template <class T>
T Value(Result<T> result) {
  if (!result.ok()) FAIL(result.error().message);
  return std::move(result).value();
}

void RequireOk(const Status& status) {
  if (!status.ok()) FAIL(status.error().message);
}

// A random life of two collections, both as a story and in a store.
class TwiceTold {
 public:
  TwiceTold(uint64_t seed, int events) : random_(seed) {
    for (int i = 0; i < events; ++i) random_.TellOne();
    store_.Append(random_.story().events());
  }
  RandomStory& random() { return random_; }
  const Story& story() const { return random_.story(); }
  LogFixture& store() { return store_; }
  StateReader reader() { return {store_.log(), store_.cache()}; }
  Seq AnySeq() { return random_.Below(story().head() + 1); }

  void RequireCollectionsAt(Seq at) {
    for (const std::string name : {"default", "other"}) {
      INFO("collection " << name << " at " << at);
      REQUIRE((Value(reader().CollectionAt(name, at)).Encode() == story().Collection(at, name).Encode()));
    }
  }
  void RequireArtifactsAt(Seq at) {
    for (const std::string name : {"default", "other"}) {
      const CollectionState state = story().Collection(at, name);
      for (const std::string& id : RandomStory::Ids()) {
        INFO(id << " of " << name << " at " << at);
        const ArtifactState* expected = state.Find(id);
        const std::optional<ArtifactState> artifact = Value(reader().ArtifactAt(name, id, at));
        REQUIRE(artifact.has_value() == (expected != nullptr));
        if (artifact) REQUIRE((*artifact == *expected));
      }
    }
  }
  void PutCheckpoint(Seq at) {
    for (const std::string name : {"default", "other"}) RequireOk(WriteCheckpoint(store_.cache(), story().Collection(at, name), at));
  }

 private:
  RandomStory random_;
  LogFixture store_;
};

TEST_CASE("a state at any sequence equals a fold from the start, with and without checkpoints") {
  const uint64_t seed = Seed();
  INFO("seed " << seed);
  TwiceTold told(seed, 700);
  for (Seq at = 0; at <= told.story().head(); at += 1 + told.random().Below(30)) told.RequireCollectionsAt(at);
  for (int i = 0; i < 5; ++i) told.PutCheckpoint(told.AnySeq());
  for (Seq at = 0; at <= told.story().head(); at += 1 + told.random().Below(30)) told.RequireCollectionsAt(at);
}

TEST_CASE("one artifact at any sequence equals the one in its collection's state, with and without checkpoints") {
  const uint64_t seed = Seed();
  INFO("seed " << seed);
  TwiceTold told(seed, 700);
  for (int i = 0; i < 60; ++i) told.RequireArtifactsAt(told.AnySeq());
  told.RequireArtifactsAt(told.story().head());
  for (int i = 0; i < 5; ++i) told.PutCheckpoint(told.AnySeq());
  for (int i = 0; i < 60; ++i) told.RequireArtifactsAt(told.AnySeq());
}

TEST_CASE("a checkpoint that is damaged, of something else or from later than it stands is as good as none") {
  TwiceTold told(7, 300);
  const std::string good = told.story().Collection(200).Encode();
  std::string bytes;
  SECTION("damaged") {
    bytes = "damaged";
  }
  SECTION("empty") {}
  SECTION("of another collection") {
    bytes = told.story().Collection(200, "other").Encode();
  }
  SECTION("from later") {
    bytes = told.story().Collection(290).Encode();
  }
  SECTION("cut short") {
    bytes = good.substr(0, good.size() / 2);
  }
  RequireOk(told.store().cache().PutCheckpoint("collection", "default", 200, bytes));
  for (uint32_t shard = 0; shard < projections::Checkpoint::kShards; ++shard) {
    RequireOk(told.store().cache().PutCheckpoint("shard", "default/" + std::to_string(shard), 200, bytes));
  }
  told.RequireCollectionsAt(250);
  told.RequireArtifactsAt(250);
}

// A store with so many events that checkpoints are due: two artifacts whose titles change in turn.
class LongLog {
 public:
  void Grow(Seq events) {
    std::vector<std::vector<uint8_t>> batch;
    for (Seq i = 0; i < events; ++i) {
      const Seq seq = ++told_;
      Event event;
      event.run_id.bytes[15] = 1;
      event.ordinal = static_cast<uint32_t>(seq);
      event.recorded_at = TimeOf(seq);
      event.collection = "default";
      event.artifact = seq % 2 == 0 ? "skill:even" : "skill:odd";
      event.payload = seq <= 2 ? Added() : Refreshed("title", std::to_string(seq));
      batch.push_back(EncodeEvent(event));
    }
    store_.Append(std::move(batch));
  }
  LogFixture& store() { return store_; }
  StateReader reader() { return {store_.log(), store_.cache()}; }
  Seq LatestCheckpoint() {
    const auto latest = Value(store_.cache().LatestCheckpoint("collection", "default", store_.log().head()));
    return latest ? latest->seq : 0;
  }

 private:
  LogFixture store_;
  Seq told_ = 0;
};

TEST_CASE("a checkpoint is written at every multiple that the log has passed, and not before") {
  LongLog log;
  log.Grow(kCheckpointEvery - 1);
  RequireOk(CheckpointIfDue(log.store().log(), log.store().cache(), "default"));
  REQUIRE(log.LatestCheckpoint() == 0);
  log.Grow(kCheckpointEvery + 2);
  RequireOk(CheckpointIfDue(log.store().log(), log.store().cache(), "default"));
  REQUIRE(log.LatestCheckpoint() == 2 * kCheckpointEvery);
  const auto first = Value(log.store().cache().LatestCheckpoint("collection", "default", 2 * kCheckpointEvery - 1));
  REQUIRE(first);
  REQUIRE(first->seq == kCheckpointEvery);
  REQUIRE(Value(CollectionState::Decode(first->bytes)).seq() == kCheckpointEvery);

  const Seq at = kCheckpointEvery + 11;
  const auto odd = Value(log.reader().ArtifactAt("default", "skill:odd", at));
  REQUIRE(projections::MetadataOf(*odd, "title") == std::to_string(at));
  const auto state = Value(log.reader().CollectionAt("default", at));
  REQUIRE(state.seq() == at);
  REQUIRE((*state.Find("skill:odd") == *odd));
  REQUIRE(projections::MetadataOf(*state.Find("skill:even"), "title") == std::to_string(at - 1));
}

TEST_CASE("a state is read from the checkpoint and not from the start") {
  LongLog log;
  log.Grow(10);
  CollectionState marked = Value(log.reader().CollectionAt("default", 5));
  const std::string known = "anthropics/skills/pdf";
  const auto changed = [&](std::string bytes) {
    for (size_t at = bytes.find(known); at != std::string::npos; at = bytes.find(known))
      bytes.replace(at, known.size(), "from/the-checkpoint/x");
    return bytes;
  };
  const uint32_t shard = projections::Checkpoint::ShardOf("skill:odd");
  RequireOk(log.store().cache().PutCheckpoint("collection", "default", 5, changed(marked.Encode())));
  RequireOk(log.store().cache().PutCheckpoint("shard", "default/" + std::to_string(shard), 5, changed(marked.EncodeShards()[shard])));
  REQUIRE(Value(log.reader().CollectionAt("default", 10)).Find("skill:odd")->source == "from/the-checkpoint/x");
  REQUIRE(Value(log.reader().ArtifactAt("default", "skill:odd", 10))->source == "from/the-checkpoint/x");
  REQUIRE(Value(log.reader().ArtifactAt("default", "skill:odd", 4))->source == known);
}

TEST_CASE("the small lists stand as they did at any sequence") {
  LogFixture store;
  schema::SnapshotCreatedT snapshot;
  snapshot.id = "20260101-000000-000000";
  schema::SnapshotDeletedT deleted;
  deleted.id = snapshot.id;
  const Seq created = store.Append("default", {}, {}, schema::CollectionCreatedT());
  const Seq taken = store.Append("default", {}, {}, snapshot);
  const Seq gone = store.Append("default", {}, {}, deleted);
  const Seq removed = store.Append("default", {}, {}, schema::CollectionRemovedT());
  const StateReader reader(store.log(), store.cache());
  REQUIRE(Value(reader.CollectionsAt(created - 1)).empty());
  REQUIRE(Value(reader.CollectionsAt(gone)).at("default").exists);
  REQUIRE_FALSE(Value(reader.CollectionsAt(removed)).at("default").exists);
  REQUIRE(Value(reader.SnapshotsAt(created)).empty());
  REQUIRE(Value(reader.SnapshotsAt(taken)).size() == 1);
  REQUIRE(Value(reader.SnapshotsAt(gone)).empty());
}

TEST_CASE("projects are known by their deployments, each at any sequence") {
  schema::ArtifactDeployedT deployed;
  deployed.profile_root = ".claude";
  LogFixture store;
  const Seq one = store.Append("default", "skill:pdf", "/b", deployed);
  const Seq two = store.Append("default", "skill:pdf", "/a", deployed);
  const StateReader reader(store.log(), store.cache());
  REQUIRE(Value(reader.Projects()) == Words{"/a", "/b"});
  REQUIRE(Value(reader.ProjectAt("/b", one)).deployments.size() == 1);
  REQUIRE(Value(reader.ProjectAt("/a", one)).deployments.empty());
  REQUIRE(Value(reader.ProjectAt("/a", two)).project == "/a");
}

TEST_CASE("a bare name finds the types that had it in the collection by then, also those gone since") {
  LogFixture store;
  store.Append("default", "skill:pdf", {}, Added());
  store.Append("default", "skill:pdf", {}, schema::ArtifactRemovedT());
  store.Append("default", "hook:pdf", "/a", schema::DriftDetectedT());
  store.Append("other", "agent:pdf", {}, Added());
  const Seq early = store.Append("default", "skill:pdfs", {}, Added());
  const Seq late = store.Append("default", "command:pdf", {}, Restored(Record()));
  const StateReader reader(store.log(), store.cache());
  REQUIRE(Value(reader.IdsNamed("default", "pdf", early)) == Words{"skill:pdf"});
  REQUIRE(Value(reader.IdsNamed("default", "pdf", late)) == Words{"skill:pdf", "command:pdf"});
  REQUIRE(Value(reader.IdsNamed("default", "xlsx", late)).empty());
}

TEST_CASE("the tag history of an artifact knows that its collection was removed in between") {
  auto record = Record();
  record.user_tags = {"a"};
  LogFixture store;
  store.Append("default", "skill:pdf", {}, Added(record));
  store.Append("other", {}, {}, schema::CollectionRemovedT());
  const Seq before = store.Append("default", "skill:pdf", {}, Restored(record));
  store.Append("default", {}, {}, schema::CollectionRemovedT());
  const Seq after = store.Append("default", "skill:pdf", {}, Restored(record));
  const StateReader reader(store.log(), store.cache());
  REQUIRE(Value(reader.TagHistoryAt("default", "skill:pdf", before)).size() == 1);
  REQUIRE(Value(reader.TagHistoryAt("default", "skill:pdf", after)).size() == 2);
}

}  // namespace
}  // namespace skilltrail::testing
