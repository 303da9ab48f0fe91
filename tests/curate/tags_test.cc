#include "engine/session/writing.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::Workbench;
using Words = std::vector<std::string>;

void Import(Workbench& bench, const Words& topics) {
  auto writing = Need(Writing::Open(bench.context));
  Need(writing->Collection("default"));
  schema::TagsImportedT imported;
  imported.source = "acme/kit";
  imported.topics = imported.after = topics;
  writing->Add({"default", "skill:a", {}, std::move(imported)});
  REQUIRE(writing->Finish().ok());
}

TEST_CASE("removing an imported tag hides it from the next import too; adding it shows it again") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  Import(bench, {"x", "y"});
  REQUIRE(Need(curate::EditTags(bench.context, {"a", {}, {"x"}})).tags == Words{"y"});
  Import(bench, {"x", "z"});
  REQUIRE(projections::EffectiveTags(*bench.State().Find("skill:a")) == Words{"z"});
  REQUIRE(Need(curate::EditTags(bench.context, {"a", {"x"}, {}})).tags == Words{"x", "z"});
}

TEST_CASE("a tag made by hand stays when upstream drops the same one") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  Import(bench, {"x"});
  Need(curate::EditTags(bench.context, {"a", {"x"}, {}}));
  Import(bench, {});
  REQUIRE(projections::EffectiveTags(*bench.State().Find("skill:a")) == Words{"x"});
}

TEST_CASE("what cannot be removed is named and nothing changes") {
  Workbench bench;
  bench.WriteSkill("a", "one", "tags: [stated]");
  bench.Capture();
  const Seq head = bench.Head();
  REQUIRE(curate::EditTags(bench.context, {"a", {"new"}, {"missing"}}).error().code == Code::kNotFound);
  REQUIRE(curate::EditTags(bench.context, {"a", {"new"}, {"stated"}}).error().code == Code::kConflict);
  REQUIRE(curate::EditTags(bench.context, {"a", {"no\ncontrol"}, {}}).error().code == Code::kUsage);
  REQUIRE(bench.Head() == head);
}

}  // namespace
}  // namespace skilltrail
