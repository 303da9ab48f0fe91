#include <string>

#include <nlohmann/json.hpp>

#include "events/codec.h"
#include "events/json.h"
#include "tests/events/golden_events.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using nlohmann::json;

json JsonOf(Payload payload) {
  Event event;
  event.payload = std::move(payload);
  return PayloadJson(ViewEvent(EncodeEvent(event)));
}

}  // namespace

TEST_CASE("tags_imported has exactly the keys of the contract") {
  schema::TagsImportedT tags;
  tags.source = "acme/skills";
  tags.topics = {"b", "a"};
  tags.added = {"a"};
  tags.after = {"a", "b"};
  REQUIRE(JsonOf(tags) == json::parse(R"({"source": "acme/skills", "topics": ["b", "a"], "added": ["a"], "removed": [], "before": [],
                                          "after": ["a", "b"], "etag": null})"));
}

TEST_CASE("metadata_refreshed lists its changes, null where there was nothing before") {
  schema::MetadataRefreshedT refreshed;
  refreshed.source = "acme/skills";
  refreshed.commit = "abc";
  refreshed.changes.push_back(testing::MakeChange("license", "", "MIT"));
  REQUIRE(JsonOf(refreshed) == json::parse(R"({"source": "acme/skills", "commit": "abc", "repository_id": 0,
                                               "changes": [{"field": "license", "before": null, "after": "MIT"}]})"));
}

TEST_CASE("absent values are null, [] or 0 by their type") {
  REQUIRE(JsonOf(schema::ContentChangedT()) ==
          json::parse(R"({"cause": null, "tree_before": null, "tree_after": null, "content_hash_before": null,
            "content_hash_after": null, "git_tree": null, "commit": null})"));
  REQUIRE(JsonOf(schema::ArtifactRestoredT()) == json::parse(R"({"cause": null, "from_seq": 0, "record": null})"));
}

TEST_CASE("a nested record shows its times as RFC 3339, its digest as hex and its fields as objects") {
  schema::ArtifactAddedT added;
  added.cause = schema::ChangeCause::local_edit;
  added.record = std::make_unique<schema::ArtifactRecordT>();
  added.record->id = "skill:pdf";
  added.record->tree = {0x00, 0xab, 0xff};
  added.record->added_at = 1'769'074'200'000'001;
  added.record->metadata.push_back(testing::MakeField("title", "PDF"));
  added.record->repository_id = testing::kMax64;
  const auto data = JsonOf(added);
  REQUIRE(data["cause"] == "local_edit");
  const auto& record = data["record"];
  REQUIRE(record["id"] == "skill:pdf");
  REQUIRE(record["tree"] == "00abff");
  REQUIRE(record["added_at"] == "2026-01-22T09:30:00.000001Z");
  REQUIRE(record["tags_imported_at"].is_null());
  REQUIRE(record["metadata"] == json::parse(R"([{"name": "title", "value": "PDF"}])"));
  REQUIRE(record["repository_id"] == testing::kMax64);
  REQUIRE(record["imported_tags"] == json::array());
}

TEST_CASE("an enum value of a newer program shows its number") {
  schema::RunCompletedT completed;
  completed.status = static_cast<schema::RunStatus>(77);
  REQUIRE(JsonOf(completed)["status"] == "unknown_77");
}

TEST_CASE("text that is not UTF-8 is shown with replacement characters and can be printed") {
  schema::SnapshotCreatedT created;
  created.name = "caf\xe9";
  created.message = std::string("a\0b", 3);
  const auto data = JsonOf(created);
  REQUIRE(data["name"] == "caf\xef\xbf\xbd");
  REQUIRE(data["message"] == std::string("a\0b", 3));
  REQUIRE_NOTHROW(data.dump());
}

}  // namespace skilltrail
