#include "engine/refresh/stated_cache.h"

#include "tests/refresh/refresh_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

using testing::Skill;
using Fixture = testing::RefreshFixture;

const Digest kTree = Sha256(std::string_view("a tree"));
const Digest kOther = Sha256(std::string_view("another"));

StatedCache Read(const Context& context) {
  auto reading = Reading::Open(context);
  REQUIRE(reading.ok());
  StatedCache cache;
  cache.ReadFrom(*(*reading)->store().cache, "default");
  return cache;
}

TEST_CASE_METHOD(Fixture, "what was stated is known of that tree, as long as the artifact is there") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Write([&](Writing& writing) {
    StatedCache cache;
    cache.Keep("skill:pdf", kTree, {{"description", "Reads\nPDFs."}, {"author", ""}});
    cache.Keep("skill:gone", kTree, {{"description", "Gone."}});
    REQUIRE(cache.WriteTo(writing.cache(), **writing.Collection("default")).ok());
  });
  const StatedCache known = Read(context);
  const Stated* stated = known.Find("skill:pdf", kTree);
  REQUIRE(stated != nullptr);
  REQUIRE(*stated == Stated{{"description", "Reads\nPDFs."}, {"author", ""}});
  REQUIRE(known.Find("skill:pdf", kOther) == nullptr);
  REQUIRE(known.Find("skill:gone", kTree) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a damaged cache of statements costs time and nothing else") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Write([&](Writing& writing) {
    const auto state = writing.Collection("default");
    StatedCache cache;
    cache.Keep("skill:pdf", kTree, {{"description", "Reads PDFs."}});
    REQUIRE(cache.WriteTo(writing.cache(), **state).ok());
    const std::string whole = **writing.cache().Get("stated 1", "default");
    for (size_t size = 0; size < whole.size(); ++size) {
      REQUIRE(writing.cache().Put("stated 1", "default", whole.substr(0, size)).ok());
      StatedCache cut;
      cut.ReadFrom(writing.cache(), "default");
      REQUIRE(cut.Find("skill:pdf", kTree) == nullptr);
    }
    REQUIRE(writing.cache().Put("stated 1", "default", std::string(200, '\xff')).ok());
  });
  REQUIRE(Refresh().entries.front().status != EntryStatus::kError);
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Reads PDFs.");
}

TEST_CASE_METHOD(Fixture, "a refresh learns what is stated, and a changed file is read again") {
  Publish("acme/skills", {}, Skill("skills/pdf", "Reads PDFs."));
  Add("acme/skills/skills/pdf");
  Refresh();
  const auto tree = [&] {
    const auto bytes = State("skill:pdf").tree;
    return DigestFromBytes(bytes.data(), bytes.size());
  };
  REQUIRE(Read(context).Find("skill:pdf", tree()) != nullptr);
  Publish("acme/skills", {}, Skill("skills/pdf", "Writes them too."));
  RefreshRequest sync;
  sync.mode = schema::RefreshMode::sync;
  Refresh(sync);
  REQUIRE(projections::MetadataOf(State("skill:pdf"), "description") == "Writes them too.");
  Refresh();
  const StatedCache now = Read(context);
  REQUIRE(now.Find("skill:pdf", tree()) != nullptr);
  REQUIRE(now.Find("skill:pdf", tree())->at("description") == "Writes them too.");
}

}  // namespace
}  // namespace skilltrail::refresh
