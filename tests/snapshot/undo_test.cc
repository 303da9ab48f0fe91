#include "engine/snapshot/undo.h"

#include "engine/deploy/deploy.h"
#include "engine/deploy/drift.h"
#include "engine/deploy/pull.h"
#include "engine/query/runs.h"
#include "engine/query/verify.h"
#include "engine/session/writing.h"
#include "engine/snapshot/plan.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using snapshot::Undo;
using testing::Need;
using testing::Workbench;
using testing::WriteFile;
using Words = std::vector<std::string>;

class UndoBench : public Workbench {
 public:
  UndoBench() {
    WriteSkill("a", "one");
    WriteSkill("b", "one");
    Capture();
  }
  void Tag(const std::string& artifact, const std::string& tag) { Need(curate::EditTags(context, {artifact, {tag}, {}})); }
  Words TagsOf(const std::string& id) { return projections::EffectiveTags(*State().Find(id)); }
  std::optional<projections::ArtifactState> Of(const std::string& id) {
    const auto state = State();
    const auto* found = state.Find(id);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  Seq NewestRun() { return Need(query::Runs(*Need(Reading::Open(context)), 1)).front().seq; }
};

TEST_CASE("undo takes back the newest run that changed artifacts, and undo again is redo") {
  UndoBench bench;
  bench.WriteSkill("a", "two", "description: d\ntags: [x]");
  bench.Capture();
  const auto edited = bench.Of("skill:a");
  const std::string text = bench.SkillText("a");
  const auto undone = Need(Undo(bench.context, {}));
  REQUIRE(undone.restore.applied);
  REQUIRE(undone.restore.plan.size() == 1);
  REQUIRE(bench.SkillText("a").find("one") != std::string::npos);
  REQUIRE(bench.TagsOf("skill:a").empty());
  REQUIRE(bench.Capture().changes.empty());
  Need(Undo(bench.context, {}));
  REQUIRE(snapshot::SameArtifact(bench.Of("skill:a"), edited));
  REQUIRE(bench.SkillText("a") == text);
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).ok);
}

TEST_CASE("what was added goes and what was removed comes back, files too") {
  UndoBench bench;
  Need(curate::Remove(bench.context, {"a", "b"}));
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "skills/a"));
  Need(Undo(bench.context, {}));
  REQUIRE(bench.SkillText("a").find("one") != std::string::npos);
  bench.WriteSkill("c", "one");
  bench.Capture();
  Need(Undo(bench.context, {}));
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "skills/c"));
  REQUIRE_FALSE(bench.Of("skill:c").has_value());
}

TEST_CASE("snapshots, and edits that a command only found, are not what undo takes back") {
  UndoBench bench;
  bench.WriteSkill("b", "edited by a person");
  bench.Tag("a", "mine");  // finds the edit
  Need(snapshot::Undo(bench.context, {}));
  REQUIRE(bench.TagsOf("skill:a").empty());
  REQUIRE(bench.SkillText("b").find("edited by a person") != std::string::npos);
  REQUIRE(bench.Capture().changes.empty());
}

TEST_CASE("an edit that undo itself found outlives the redo") {
  UndoBench bench;
  bench.Tag("a", "mine");
  bench.WriteSkill("b", "edited by a person");
  Need(Undo(bench.context, {}));
  Need(Undo(bench.context, {}));
  REQUIRE(bench.TagsOf("skill:a") == Words{"mine"});
  REQUIRE(bench.SkillText("b").find("edited by a person") != std::string::npos);
}

TEST_CASE("a run is refused by name where an artifact has changed since, and nothing changes") {
  UndoBench bench;
  bench.Tag("a", "first");
  const Seq first = bench.NewestRun();
  bench.Tag("b", "other");
  bench.Tag("a", "second");
  const Seq head = bench.Head();
  const auto refused = Undo(bench.context, {first});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("skill:a") != std::string::npos);
  REQUIRE(refused.error().message.find("run " + std::to_string(bench.NewestRun())) != std::string::npos);
  REQUIRE(refused.error().message.find("skill:b") == std::string::npos);
  REQUIRE(bench.Head() == head);
  // Taken back in order it is as it was left.
  Need(Undo(bench.context, {}));
  Need(Undo(bench.context, {first}));
  REQUIRE(bench.TagsOf("skill:a").empty());
  REQUIRE(bench.TagsOf("skill:b") == Words{"other"});
}

TEST_CASE("an edit on disk that nobody has captured refuses too, and stays") {
  UndoBench bench;
  bench.Tag("a", "mine");
  bench.WriteSkill("a", "just now");
  const Seq head = bench.Head();
  const auto refused = Undo(bench.context, {});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("an edit on disk") != std::string::npos);
  REQUIRE(bench.Head() == head);
  REQUIRE(bench.SkillText("a").find("just now") != std::string::npos);
}

TEST_CASE("a dry run is the plan, and says nothing of what it found for good") {
  UndoBench bench;
  bench.WriteSkill("a", "two");
  bench.Capture();
  const Seq head = bench.Head();
  bench.context.dry_run = true;
  const auto plan = Need(Undo(bench.context, {}));
  REQUIRE_FALSE(plan.restore.applied);
  REQUIRE(plan.restore.plan.size() == 1);
  REQUIRE(plan.restore.plan[0].files == 1);
  REQUIRE(plan.restore.plan[0].bytes > 0);
  REQUIRE(bench.Head() == head);
  REQUIRE(bench.SkillText("a").find("two") != std::string::npos);
}

TEST_CASE("there may be nothing to undo, no such run, or a run that changed no artifact") {
  Workbench empty;
  REQUIRE(Undo(empty.context, {}).error().code == Code::kNotFound);
  REQUIRE(Undo(empty.context, {2}).error().code == Code::kNotFound);
  const auto nothing = Need(Undo(empty.context, {1}));
  REQUIRE(nothing.restore.plan.empty());
  REQUIRE_FALSE(nothing.restore.applied);
}

TEST_CASE("a run that took a person's directory as a collection is not undone: its files would go") {
  Workbench bench;
  WriteFile(bench.Path("lib") / "skills/x/SKILL.md", "x\n");
  Need(curate::Adopt(bench.context, {bench.Path("lib"), "lib"}));
  const auto refused = Undo(bench.context, {});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().hint.find("collection remove lib") != std::string::npos);
  REQUIRE(std::filesystem::exists(bench.Path("lib") / "skills/x/SKILL.md"));
}

TEST_CASE("what came with an import is not the newest thing done here") {
  UndoBench bench;
  bench.Tag("a", "mine");
  {
    // As an import leaves it: events of others, then CollectionImported with their count.
    auto writing = Need(Writing::Open(bench.context));
    Need(writing->CollectionOrNew("other"));
    for (const char* id : {"skill:x", "skill:y"}) {
      schema::ArtifactAddedT added;
      added.record = std::make_unique<schema::ArtifactRecordT>();
      writing->Add({"other", id, {}, std::move(added)});
    }
    schema::CollectionImportedT imported;
    imported.events = 2;
    writing->Add({"other", {}, {}, std::move(imported)});
    REQUIRE(writing->Finish().ok());
  }
  REQUIRE(Need(Undo(bench.context, {})).undone.collection == "default");
  REQUIRE(bench.TagsOf("skill:a").empty());
}

TEST_CASE("with a collection named, the newest run of that one is meant") {
  UndoBench bench;
  Need(curate::CreateCollection(bench.context, "other", {}));
  WriteFile(bench.context.store / "collections/other/skills/x/SKILL.md", "x\n");
  bench.context.collection = "other";
  bench.Capture();
  bench.context.collection = "default";
  const auto undone = Need(Undo(bench.context, {}));
  REQUIRE(undone.restore.collection == "default");
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "skills/a"));
  bench.context.collection.clear();
  Need(Undo(bench.context, {}));
  REQUIRE(std::filesystem::exists(bench.Collection() / "skills/a"));
}

TEST_CASE("a pull that is undone leaves the project's edit an edit, which no deployment overwrites") {
  for (const auto strategy : {deploy::PullStrategy::kOverwrite, deploy::PullStrategy::kMerge, deploy::PullStrategy::kFork}) {
    UndoBench bench;
    const auto dir = bench.Path("project");
    const auto copy = dir / ".claude/skills/a/SKILL.md";
    std::filesystem::create_directories(dir);
    Need(deploy::Deploy(bench.context, {{"a"}, dir, "", false}));
    const std::string precious = testing::ReadFile(copy) + "precious\n";
    WriteFile(copy, precious);
    Need(deploy::Pull(bench.context, {{"a"}, dir, "", strategy, false}));
    Need(Undo(bench.context, {}));
    REQUIRE(bench.SkillText("a").find("precious") == std::string::npos);
    const auto drift = Need(deploy::Drift(bench.context, {{dir}, false, false})).front();
    REQUIRE(drift.Count(schema::DriftType::modified) == 1);
    REQUIRE(deploy::Deploy(bench.context, {{"a"}, dir, "", false}).error().code == Code::kConflict);
    REQUIRE(testing::ReadFile(copy) == precious);
    // And undone once more the pull stands.
    Need(Undo(bench.context, {}));
    REQUIRE(Need(deploy::Drift(bench.context, {{dir}, false, false})).front().Count(schema::DriftType::modified) == 0);
  }
}

TEST_CASE("what was deployed after a pull is agreed, whatever becomes of the pull") {
  UndoBench bench;
  const auto dir = bench.Path("project");
  std::filesystem::create_directories(dir);
  Need(deploy::Deploy(bench.context, {{"a", "b"}, dir, "", false}));
  WriteFile(dir / ".claude/skills/a/SKILL.md", "pulled\n");
  Need(deploy::Pull(bench.context, {{"a"}, dir, "", deploy::PullStrategy::kFork, false}));
  const Seq pull = bench.NewestRun();
  Need(deploy::Deploy(bench.context, {{"a"}, dir, "", false}));
  Need(Undo(bench.context, {pull}));
  REQUIRE(Need(deploy::Drift(bench.context, {{dir}, false, false})).front().drifted() == 0);
}

TEST_CASE("undo does not pass over a deployment unless it is told which run is meant, and says what stays") {
  UndoBench bench;
  const auto dir = bench.Path("project");
  std::filesystem::create_directories(dir);
  bench.Tag("a", "mine");
  const Seq tagged = bench.NewestRun();
  Need(deploy::Deploy(bench.context, {{"a"}, dir, "", false}));
  const auto refused = Undo(bench.context, {});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().hint.find("restore --project") != std::string::npos);
  const auto undone = Need(Undo(bench.context, {tagged}));
  REQUIRE(bench.TagsOf("skill:a").empty());
  REQUIRE(undone.restore.notes.size() == 1);
  REQUIRE(undone.restore.notes[0].find("restore --project") != std::string::npos);
  bench.Tag("a", "mine");
  REQUIRE(Need(Undo(bench.context, {})).restore.notes.empty());
}

}  // namespace
}  // namespace skilltrail
