#include "engine/projections/catalog.h"

#include <catch2/catch.hpp>

#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::CollectionInfo;
using projections::SnapshotInfo;

template <class State>
State Fold(const Story& story) {
  State state;
  story.Each(0, story.head(), [&](const store::StoredEvent& event) { projections::Apply(state, event); });
  return state;
}

Payload Snapshot(std::string id, std::string name) {
  schema::SnapshotCreatedT created;
  created.id = std::move(id);
  created.name = std::move(name);
  created.message = "before the trip";
  created.artifact_count = 3;
  return created;
}

TEST_CASE("the catalog knows every collection that was, and which exist") {
  schema::CollectionCreatedT created;
  created.path = "/a";
  Story story;
  const Seq a = story.Tell("a", {}, created);
  story.Tell("b", {}, schema::CollectionCreatedT());
  story.Tell("a", {}, schema::CollectionRemovedT());
  story.Tell("never", {}, schema::CollectionRemovedT());
  auto collections = Fold<std::map<std::string, CollectionInfo>>(story);
  REQUIRE(collections.size() == 2);
  REQUIRE_FALSE(collections.at("a").exists);
  REQUIRE(collections.at("a").created_seq == a);
  REQUIRE(collections.at("b").exists);
  const Seq again = story.Tell("a", {}, schema::CollectionCreatedT());
  collections = Fold<std::map<std::string, CollectionInfo>>(story);
  REQUIRE(collections.at("a").exists);
  REQUIRE(collections.at("a").path.empty());
  REQUIRE(collections.at("a").created_at == TimeOf(again));
}

TEST_CASE("an imported collection stands where the import put it, with its own creation") {
  schema::CollectionCreatedT created;
  created.path = "/elsewhere";
  Story story;
  const Seq first = story.Tell("a", {}, created);
  story.Tell("a", {}, schema::CollectionImportedT());
  const Seq bare = story.Tell("b", {}, schema::CollectionImportedT());
  const auto collections = Fold<std::map<std::string, CollectionInfo>>(story);
  REQUIRE(collections.at("a").path.empty());
  REQUIRE(collections.at("a").created_seq == first);
  REQUIRE(collections.at("b").exists);
  REQUIRE(collections.at("b").created_seq == bare);
}

TEST_CASE("snapshots stand in order of creation until they are deleted, each in its collection") {
  schema::SnapshotDeletedT deleted;
  deleted.id = "20260101-000000-000000";
  Story story;
  const Seq first = story.Tell("a", {}, Snapshot("20260101-000000-000000", "one"));
  story.Tell("b", {}, Snapshot("20260101-000000-000000", "twin"));
  story.Tell("a", {}, Snapshot("20260102-000000-000000", "two"));
  auto snapshots = Fold<std::vector<SnapshotInfo>>(story);
  REQUIRE(snapshots.size() == 3);
  REQUIRE(snapshots[0].name == "one");
  REQUIRE(snapshots[0].message == "before the trip");
  REQUIRE(snapshots[0].collection == "a");
  REQUIRE(snapshots[0].artifact_count == 3);
  REQUIRE(snapshots[0].seq == first);
  REQUIRE(snapshots[0].created_at == TimeOf(first));
  story.Tell("a", {}, deleted);
  snapshots = Fold<std::vector<SnapshotInfo>>(story);
  REQUIRE(snapshots.size() == 2);
  REQUIRE(snapshots[0].name == "twin");
  REQUIRE(snapshots[1].name == "two");
}

}  // namespace
}  // namespace skilltrail::testing
