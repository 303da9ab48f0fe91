#include "engine/projections/artifact_state.h"

#include <catch2/catch.hpp>

#include "tests/projections/story.h"

namespace skilltrail::testing {
namespace {

using projections::ArtifactState;
using projections::EffectiveTags;
using projections::MetadataOf;

constexpr const char* kPdf = "skill:pdf";

std::optional<ArtifactState> Fold(const Story& story) {
  std::optional<ArtifactState> artifact;
  story.Each(0, story.head(), [&](const store::StoredEvent& event) { projections::Apply(artifact, event); });
  return artifact;
}

TEST_CASE("an artifact begins with ArtifactAdded and ends with ArtifactRemoved") {
  Story story;
  story.Of(kPdf, Refreshed("title", "too early"));
  REQUIRE_FALSE(Fold(story));
  story.Of(kPdf, Added());
  REQUIRE(Fold(story)->id == kPdf);
  REQUIRE(MetadataOf(*Fold(story), "title").empty());
  REQUIRE(Fold(story)->added_seq == 2);
  story.Of(kPdf, schema::ArtifactRemovedT());
  REQUIRE_FALSE(Fold(story));
  story.Of(kPdf, Imported({}, {"a"}));
  REQUIRE_FALSE(Fold(story));
}

TEST_CASE("added_at and updated_at are those of the record, or else when the event was recorded") {
  Story story;
  const Seq added = story.Of(kPdf, Added());
  REQUIRE(Fold(story)->added_at == TimeOf(added));
  REQUIRE(Fold(story)->updated_at == TimeOf(added));
  auto record = Record();
  record.added_at = 7;
  record.updated_at = 8;
  story.Of(kPdf, Added(record, schema::ChangeCause::adopt));
  REQUIRE(Fold(story)->added_at == 7);
  REQUIRE(Fold(story)->updated_at == 8);
}

TEST_CASE("an event without the record that it should carry still adds the artifact") {
  Story story;
  story.Of(kPdf, schema::ArtifactAddedT());
  REQUIRE(Fold(story)->id == kPdf);
  REQUIRE(Fold(story)->source.empty());
}

TEST_CASE("effective tags are imported without hidden, user and front matter, sorted and once each") {
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Imported({}, {"ai", "docs", "pdf"}));
  story.Of(kPdf, Edited({"pdf", "mine"}, {"docs"}, {"yaml", "ai"}));
  REQUIRE(EffectiveTags(*Fold(story)) == Words{"ai", "mine", "pdf", "yaml"});
}

TEST_CASE("a hidden tag does not come back with the next import, a tag upstream drops goes") {
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Imported({}, {"ai", "docs"}));
  story.Of(kPdf, Edited({}, {"docs"}));
  story.Of(kPdf, Imported({"ai", "docs"}, {"docs", "new"}));
  REQUIRE(EffectiveTags(*Fold(story)) == Words{"new"});
  REQUIRE(Fold(story)->imported_tags == Words{"docs", "new"});
}

TEST_CASE("hiding takes nothing from tags that a person or the front matter gave") {
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Imported({}, {"docs"}));
  story.Of(kPdf, Edited({"docs"}, {"docs"}));
  REQUIRE(EffectiveTags(*Fold(story)) == Words{"docs"});
}

TEST_CASE("an import takes over the adopted tags that it holds, and leaves a person's own alone") {
  auto record = Record();
  record.user_tags = {"pdf", "office", "mine"};
  record.adopted_tags = {"pdf", "office"};
  Story story;
  story.Of(kPdf, Added(record, schema::ChangeCause::adopt));
  story.Of(kPdf, Imported({}, {"mine", "pdf"}));
  const auto artifact = *Fold(story);
  REQUIRE(artifact.user_tags == Words{"mine", "office"});
  REQUIRE(artifact.adopted_tags == Words{"office"});
  SECTION("so that upstream can take it away later") {
    story.Of(kPdf, Imported({"mine", "pdf"}, {}));
    REQUIRE(EffectiveTags(*Fold(story)) == Words{"mine", "office"});
  }
}

TEST_CASE("tags_imported_at is that of the last import, even of nothing, and null before") {
  Story story;
  story.Of(kPdf, Added());
  REQUIRE(Fold(story)->tags_imported_at == 0);
  const Seq first = story.Of(kPdf, Imported({}, {}));
  REQUIRE(Fold(story)->tags_imported_at == TimeOf(first));
  story.Of(kPdf, Edited({"mine"}));
  REQUIRE(Fold(story)->tags_imported_at == TimeOf(first));
  const Seq second = story.Of(kPdf, Imported({}, {"ai"}));
  REQUIRE(Fold(story)->tags_imported_at == TimeOf(second));
}

TEST_CASE("tags_imported_at comes from what ArtifactAdded and ArtifactRestored carry") {
  auto record = Record();
  record.tags_imported_at = 99;
  Story story;
  story.Of(kPdf, Added(record, schema::ChangeCause::adopt));
  REQUIRE(Fold(story)->tags_imported_at == 99);
  story.Of(kPdf, Imported({}, {"ai"}));
  story.Of(kPdf, Restored(Record()));
  REQUIRE(Fold(story)->tags_imported_at == 0);
}

TEST_CASE("a restore replaces the state wholly, whether the artifact stood or not") {
  auto record = Record("other/repo");
  record.user_tags = {"old"};
  record.added_at = 1;
  record.updated_at = 2;
  record.added_seq = 500;
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Refreshed("title", "PDF", 42));
  if (GENERATE(false, true)) story.Of(kPdf, schema::ArtifactRemovedT());
  const Seq restored = story.Of(kPdf, Restored(record));
  record.id = kPdf;
  record.added_seq = record.changed_seq = restored;
  REQUIRE(*Fold(story) == record);
}

TEST_CASE("updated_at moves with content, metadata and tags, not with what says the same again") {
  Story story;
  story.Of(kPdf, Added());
  const Seq imported = story.Of(kPdf, Imported({}, {"ai"}));
  story.Of(kPdf, Imported({"ai"}, {"ai"}));
  story.Of(kPdf, schema::SourceAcceptedT());
  story.Of(kPdf, schema::DriftDetectedT());
  REQUIRE(Fold(story)->updated_at == TimeOf(imported));
  const Seq edited = story.Of(kPdf, Edited({"mine"}));
  REQUIRE(Fold(story)->updated_at == TimeOf(edited));
  const Seq refreshed = story.Of(kPdf, Refreshed("title", "PDF"));
  REQUIRE(Fold(story)->updated_at == TimeOf(refreshed));
  const Seq changed = story.Of(kPdf, schema::ContentChangedT());
  REQUIRE(Fold(story)->updated_at == TimeOf(changed));
}

TEST_CASE("changed_seq is the last event of the stream, whatever its kind") {
  Story story;
  story.Of(kPdf, Added());
  const Seq deployed = story.Of(kPdf, schema::ArtifactDeployedT());
  REQUIRE(Fold(story)->changed_seq == deployed);
  REQUIRE(Fold(story)->added_seq == 1);
}

TEST_CASE("metadata fields are set, changed and removed; origin_source is the record's own field") {
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Refreshed("title", "PDF", 42));
  story.Of(kPdf, Refreshed("author", "anthropic"));
  story.Of(kPdf, Refreshed("origin_source", "https://github.com/anthropics/skills"));
  auto artifact = *Fold(story);
  REQUIRE(artifact.repository_id == 42);
  REQUIRE(artifact.origin_source == "https://github.com/anthropics/skills");
  REQUIRE(artifact.metadata.size() == 2);
  REQUIRE(artifact.metadata[0]->name == "author");
  REQUIRE(MetadataOf(artifact, "title") == "PDF");
  story.Of(kPdf, Refreshed("title", ""));
  REQUIRE(MetadataOf(*Fold(story), "title").empty());
  REQUIRE(Fold(story)->metadata.size() == 1);
}

TEST_CASE("a record whose lists are out of order is put in order") {
  auto record = Record();
  record.imported_tags = {"b", "a", "b"};
  for (const char* name : {"title", "author"}) {
    record.metadata.push_back(std::make_unique<schema::FieldT>());
    record.metadata.back()->name = name;
    record.metadata.back()->value = name;
  }
  Story story;
  story.Of(kPdf, Added(record));
  REQUIRE(Fold(story)->imported_tags == Words{"a", "b"});
  REQUIRE(MetadataOf(*Fold(story), "author") == "author");
  REQUIRE(MetadataOf(*Fold(story), "title") == "title");
}

TEST_CASE("content changes set the three names, and the commit only if they come from one") {
  schema::ContentChangedT changed;
  changed.tree_after = std::vector<uint8_t>(32, 2);
  changed.content_hash_after = "c1";
  changed.git_tree = "g1";
  changed.commit = "abc";
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, changed);
  changed.content_hash_after = "c2";
  changed.commit.clear();
  story.Of(kPdf, changed);
  REQUIRE(Fold(story)->tree == changed.tree_after);
  REQUIRE(Fold(story)->content_hash == "c2");
  REQUIRE(Fold(story)->git_tree == "g1");
  REQUIRE(Fold(story)->resolved_sha == "abc");
}

TEST_CASE("a moved source keeps path and ref, and its URL follows") {
  auto record = Record("old/repo/skills/pdf@v1");
  record.origin_source = "https://github.com/old/repo";
  Story story;
  story.Of(kPdf, Added(record));
  story.Of(kPdf, Moved("old/repo", "new/home", 7));
  REQUIRE(Fold(story)->source == "new/home/skills/pdf@v1");
  REQUIRE(Fold(story)->origin_source == "https://github.com/new/home");
  REQUIRE(Fold(story)->repository_id == 7);
  SECTION("a URL that names another repository stays") {
    story.Of(kPdf, Refreshed("origin_source", "https://github.com/new/homestead"));
    story.Of(kPdf, Moved("new/home", "third/place"));
    REQUIRE(Fold(story)->source == "third/place/skills/pdf@v1");
    REQUIRE(Fold(story)->origin_source == "https://github.com/new/homestead");
    REQUIRE(Fold(story)->repository_id == 7);
  }
}

TEST_CASE("a changed identity counts only once it is accepted") {
  schema::SourceIdentityChangedT changed;
  changed.repository_id_before = 42;
  changed.repository_id_after = 43;
  schema::SourceAcceptedT accepted;
  accepted.repository_id = 43;
  Story story;
  story.Of(kPdf, Added());
  story.Of(kPdf, Refreshed("title", "PDF", 42));
  story.Of(kPdf, changed);
  REQUIRE(Fold(story)->repository_id == 42);
  story.Of(kPdf, accepted);
  REQUIRE(Fold(story)->repository_id == 43);
}

}  // namespace
}  // namespace skilltrail::testing
