#include "engine/projections/tag_history.h"

#include <catch2/catch.hpp>

#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::TagChange;
using projections::TagHistory;

constexpr const char* kPdf = "skill:pdf";

std::vector<TagChange> Fold(const Story& story) {
  TagHistory history;
  story.Each(0, story.head(), [&](const store::StoredEvent& event) { history.Apply(event); });
  return history.changes();
}

TEST_CASE("imports, edits and restores leave entries with the effective tags after them") {
  Story story;
  story.Of(kPdf, Added());
  const Seq imported = story.Of(kPdf, Imported({}, {"ai", "docs"}));
  auto edit = schema::TagsEditedT();
  edit.added = {"mine"};
  edit.removed = {"docs"};
  edit.user_tags = {"mine"};
  edit.hidden_tags = {"docs"};
  story.Of(kPdf, edit);
  story.Of(kPdf, Imported({"ai", "docs"}, {"docs", "new"}));
  auto record = Record();
  record.imported_tags = {"ai"};
  story.Of(kPdf, Restored(record));

  const auto changes = Fold(story);
  REQUIRE(changes.size() == 4);
  REQUIRE(changes[0].seq == imported);
  REQUIRE(changes[0].recorded_at == TimeOf(imported));
  REQUIRE(changes[0].run.bytes[15] == 1);
  REQUIRE(changes[0].cause == "import");
  REQUIRE(changes[0].source == "anthropics/skills");
  REQUIRE(changes[0].added == Words{"ai", "docs"});
  REQUIRE(changes[0].after == Words{"ai", "docs"});
  REQUIRE(changes[1].cause == "edit");
  REQUIRE(changes[1].source.empty());
  REQUIRE(changes[1].removed == Words{"docs"});
  REQUIRE(changes[1].after == Words{"ai", "mine"});
  REQUIRE(changes[2].removed == Words{"ai"});
  REQUIRE(changes[2].after == Words{"mine", "new"});
  REQUIRE(changes[3].cause == "restore");
  REQUIRE(changes[3].added == Words{"ai"});
  REQUIRE(changes[3].removed == Words{"mine", "new"});
}

TEST_CASE("an import of nothing leaves an entry, a restore of the same tags and an artifact without tags leave none") {
  Story story;
  story.Of(kPdf, Imported({}, {"too early"}));
  story.Of(kPdf, Added());
  story.Of(kPdf, Imported({}, {}));
  story.Of(kPdf, Restored(Record()));
  const auto changes = Fold(story);
  REQUIRE(changes.size() == 1);
  REQUIRE(changes[0].seq == 3);
  REQUIRE(changes[0].after.empty());
}

TEST_CASE("adopted tags come in with cause adopt, those of an added artifact with edit") {
  auto record = Record();
  record.user_tags = {"b", "a"};
  Story story;
  story.Of(kPdf, Added(record, schema::ChangeCause::adopt));
  story.Of(kPdf, schema::ArtifactRemovedT());
  story.Of(kPdf, Added(record));
  const auto changes = Fold(story);
  REQUIRE(changes.size() == 2);
  REQUIRE(changes[0].cause == "adopt");
  REQUIRE(changes[0].added == Words{"a", "b"});
  REQUIRE(changes[1].cause == "edit");
  REQUIRE(changes[1].added == Words{"a", "b"});
}

TEST_CASE("tags go with the collection, so that a restore after it brings all of them anew") {
  auto record = Record();
  record.user_tags = {"a"};
  Story story;
  story.Of(kPdf, Added(record));
  story.OfCollection(schema::CollectionRemovedT());
  story.Of(kPdf, Restored(record));
  const auto changes = Fold(story);
  REQUIRE(changes.size() == 2);
  REQUIRE(changes[1].cause == "restore");
  REQUIRE(changes[1].added == Words{"a"});
}

}  // namespace
}  // namespace skilltrail::testing
