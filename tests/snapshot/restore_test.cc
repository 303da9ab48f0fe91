#include "engine/snapshot/restore.h"

#include "engine/query/verify.h"
#include "engine/snapshot/snapshot.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using snapshot::PlannedArtifact;
using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;

TEST_CASE("a restore brings back state and files, and the way forward again") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.WriteSkill("b", "one");
  bench.Capture();
  Need(snapshot::Create(bench.context, {"then", false}));
  const std::string was = bench.SkillText("a");
  bench.WriteSkill("a", "two");
  bench.WriteSkill("c", "new");
  Need(curate::Remove(bench.context, {"b"}));
  bench.WriteSkill("a", "three, not captured yet");
  const std::string now = bench.SkillText("a");

  bench.context.at = "snap:then";
  const auto report = Need(snapshot::Restore(bench.context, {{}, {}}));
  REQUIRE(report.applied);
  REQUIRE(report.plan.size() == 3);
  REQUIRE(report.plan[0].action == PlannedArtifact::Action::kUpdate);
  REQUIRE(report.plan[1].action == PlannedArtifact::Action::kCreate);
  REQUIRE(report.plan[2].action == PlannedArtifact::Action::kRemove);
  REQUIRE(bench.SkillText("a") == was);
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "skills/c"));
  REQUIRE(bench.Capture().changes.empty());

  bench.context.at = std::to_string(report.safety_seq);
  Need(snapshot::Restore(bench.context, {{}, {}}));
  REQUIRE(bench.SkillText("a") == now);
  REQUIRE(std::filesystem::exists(bench.Collection() / "skills/c/SKILL.md"));
  bench.context.at.clear();
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).problems.empty());
}

TEST_CASE("beside, a restore writes into an absent or empty directory and appends nothing") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  WriteFile(bench.Collection() / "commands/go.md", "go\n");
  bench.Capture();
  const Seq head = bench.Head();
  bench.context.at = "@";
  const auto to = bench.Path("out");
  REQUIRE(Need(snapshot::Restore(bench.context, {{}, to})).applied);
  REQUIRE(ReadFile(to / "skills/a/SKILL.md") == bench.SkillText("a"));
  REQUIRE(ReadFile(to / "commands/go.md") == "go\n");
  REQUIRE(snapshot::Restore(bench.context, {{}, to}).error().code == Code::kConflict);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("nothing is restored into a collection's own directory, where it would be captured") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  bench.context.at = "@";
  REQUIRE(snapshot::Restore(bench.context, {{}, bench.Collection() / "skills/copy"}).error().code == Code::kConflict);
  REQUIRE(bench.Capture().changes.empty());
}

TEST_CASE("some artifacts are restored and the others stay; a plan changes nothing") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.WriteSkill("b", "one");
  bench.Capture();
  const Seq then = bench.Head();
  bench.WriteSkill("a", "two");
  bench.WriteSkill("b", "two");
  bench.Capture();
  const Seq head = bench.Head();
  bench.context.at = std::to_string(then);
  REQUIRE(Need(snapshot::Plan(bench.context, {{"a"}, {}})).plan.size() == 1);
  REQUIRE(bench.Head() == head);
  Need(snapshot::Restore(bench.context, {{"a"}, {}}));
  REQUIRE(bench.SkillText("a").find("one") != std::string::npos);
  REQUIRE(bench.SkillText("b").find("two") != std::string::npos);
  REQUIRE(snapshot::Restore(bench.context, {{"nobody"}, {}}).error().code == Code::kNotFound);
}

TEST_CASE("a plan over an edit that nobody has captured says what it would do") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq head = bench.Head();
  bench.WriteSkill("a", "two");
  bench.context.at = "@";
  const auto report = Need(snapshot::Plan(bench.context, {{}, {}}));
  REQUIRE(report.plan.size() == 1);
  REQUIRE(report.plan[0].action == PlannedArtifact::Action::kUpdate);
  REQUIRE(report.plan[0].files == 1);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("snapshots list newest first, page by page, and a name is taken once") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  for (const char* name : {"one", "two", "three"}) Need(snapshot::Create(bench.context, {name, false}));
  REQUIRE(snapshot::Create(bench.context, {"two", false}).error().code == Code::kConflict);
  REQUIRE(Need(snapshot::Create(bench.context, {"", true})).snapshot.name == "three");
  auto reading = Need(Reading::Open(bench.context));
  const auto page = Need(snapshot::List(*reading, {2, ""}));
  REQUIRE(page.items.size() == 2);
  REQUIRE(page.items[0].snapshot.name == "three");
  const auto rest = Need(snapshot::List(*reading, {2, page.next_cursor}));
  REQUIRE(rest.items.size() == 1);
  REQUIRE(rest.next_cursor.empty());
  REQUIRE(snapshot::List(*reading, {2, "nonsense"}).error().code == Code::kUsage);
  REQUIRE(snapshot::List(*reading, {101, ""}).error().code == Code::kUsage);
}

TEST_CASE("a folder that is gone comes back in place, and so does the whole collection") {
  for (const std::string gone : {"skills", ""}) {
    Workbench bench;
    bench.WriteSkill("a", "one");
    bench.WriteSkill("b", "one");
    bench.Capture();
    const std::string was = bench.SkillText("a");
    bench.context.at = "@";
    const Seq head = bench.Head();
    std::filesystem::remove_all(bench.Collection() / gone);
    Context looking = bench.context;
    REQUIRE(Need(snapshot::Plan(looking, {{}, {}})).plan.size() == 2);
    REQUIRE(bench.Head() == head);
    REQUIRE(Need(snapshot::Restore(bench.context, {{}, {}})).applied);
    bench.context.at.clear();
    REQUIRE(bench.SkillText("a") == was);
    REQUIRE(bench.Capture().changes.empty());
    REQUIRE(bench.State().size() == 2);
  }
}

}  // namespace
}  // namespace skilltrail
