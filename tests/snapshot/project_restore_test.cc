#include "engine/deploy/deploy.h"
#include "engine/deploy/drift.h"
#include "engine/manifest/manifest.h"
#include "engine/query/verify.h"
#include "engine/snapshot/restore.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using snapshot::PlannedArtifact;
using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
using Action = PlannedArtifact::Action;

// A project in which "a" is deployed as "one", then "a" as "two" and "b".
class ProjectBench : public Workbench {
 public:
  ProjectBench() {
    std::filesystem::create_directories(dir);
    Write("a", "one");
    Deploy({"a"});
    first = Head();
    Write("a", "two");
    Write("b", "one");
    Deploy({"a", "b"});
    second = Head();
  }
  void Write(const std::string& name, const std::string& body) {
    WriteSkill(name, body);
    Capture();
  }
  void Deploy(const std::vector<std::string>& artifacts) { Need(deploy::Deploy(context, {artifacts, dir, "", false})); }
  deploy::DriftReport Drift() { return Need(deploy::Drift(context, {{dir}, false, false})).at(0); }
  Result<snapshot::RestoreReport> Restore(Seq to, const snapshot::RestoreRequest& request) {
    context.at = std::to_string(to);
    auto report = snapshot::Restore(context, request);
    context.at.clear();
    return report;
  }
  Result<snapshot::RestoreReport> Restore(Seq to) { return Restore(to, {{}, {}, dir}); }
  std::filesystem::path File(const std::string& name) const { return dir / ".claude/skills" / name / "SKILL.md"; }
  bool Says(const std::string& name, const std::string& text) { return ReadFile(File(name)).find(text) != std::string::npos; }
  projections::ProjectState Project(Seq at) {
    auto reading = Need(Reading::Open(context));
    return Need(reading->states().ProjectAt(dir.string(), at));
  }

  std::filesystem::path dir = Path("project");
  Seq first = 0, second = 0;
};

TEST_CASE("a project's copies become what was deployed there then, and the collection stays") {
  ProjectBench bench;
  const std::string collection = bench.SkillText("a");
  const auto report = Need(bench.Restore(bench.first));
  REQUIRE(report.applied);
  REQUIRE(report.plan.size() == 2);
  REQUIRE(report.plan[0].action == Action::kUpdate);
  REQUIRE(report.plan[0].files == 1);
  REQUIRE(report.plan[1].action == Action::kRemove);
  REQUIRE(bench.Says("a", "one"));
  REQUIRE_FALSE(std::filesystem::exists(bench.File("b")));
  REQUIRE(bench.SkillText("a") == collection);
  REQUIRE(Need(manifest::ReadDeployed(bench.dir)).size() == 1);
  REQUIRE(bench.Drift().Count(schema::DriftType::outdated) == 1);

  Need(bench.Restore(report.safety_seq));
  REQUIRE(bench.Says("a", "two"));
  REQUIRE(bench.Says("b", "one"));
  REQUIRE(bench.Drift().drifted() == 0);
  REQUIRE(Need(bench.Restore(bench.second)).plan[0].action == Action::kKeep);
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).problems.empty());
}

TEST_CASE("an edited copy is kept before it is replaced, and comes back as it was, finding and all") {
  ProjectBench bench;
  WriteFile(bench.File("a"), "edited in the project\n");
  const auto report = Need(bench.Restore(bench.first));
  REQUIRE(bench.Says("a", "one"));
  REQUIRE(report.notes.size() == 1);
  REQUIRE(bench.Project(bench.Head()).deployments.begin()->second.drift == std::nullopt);
  const auto back = Need(bench.Restore(report.safety_seq));
  REQUIRE(bench.Says("a", "edited in the project"));
  const auto state = bench.Project(bench.Head());
  REQUIRE(state.deployments.begin()->second.drift->type == schema::DriftType::modified);
  REQUIRE(bench.Drift().Count(schema::DriftType::modified) == 1);
  REQUIRE(back.plan.size() == 2);
}

TEST_CASE("before the first deployment nothing was there, and a project that the log does not know is not found") {
  ProjectBench bench;
  Need(bench.Restore(1));
  REQUIRE_FALSE(std::filesystem::exists(bench.File("a")));
  REQUIRE(bench.Project(bench.Head()).deployments.empty());
  const auto unknown = bench.Restore(1, {{}, {}, bench.Path("")});
  REQUIRE(unknown.error().code == Code::kNotFound);
  REQUIRE(bench.Restore(1, {{"nobody"}, {}, bench.dir}).error().code == Code::kNotFound);
}

TEST_CASE("some artifacts of a project are restored and the others stay; a plan writes nothing") {
  ProjectBench bench;
  const Seq head = bench.Head();
  bench.context.dry_run = true;
  REQUIRE(Need(bench.Restore(bench.first)).plan.size() == 2);
  bench.context.dry_run = false;
  REQUIRE(bench.Head() == head);
  REQUIRE(bench.Says("a", "two"));
  REQUIRE(Need(bench.Restore(bench.first, {{"a"}, {}, bench.dir})).plan.size() == 1);
  REQUIRE(bench.Says("a", "one"));
  REQUIRE(bench.Says("b", "one"));
}

TEST_CASE("beside, a project's copies are laid out like the project, though it is gone") {
  ProjectBench bench;
  std::filesystem::remove_all(bench.dir);
  const Seq head = bench.Head();
  REQUIRE(bench.Restore(bench.first).error().code == Code::kNotFound);
  REQUIRE(Need(bench.Restore(bench.first, {{}, bench.Path("out"), bench.dir})).applied);
  REQUIRE(ReadFile(bench.Path("out") / ".claude/skills/a/SKILL.md").find("one") != std::string::npos);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("what another tool deployed has no content to come back to, and is named") {
  Workbench bench;
  const auto dir = bench.Path("project");
  bench.WriteSkill("a", "one");
  bench.Capture();
  WriteFile(dir / ".claude/skills/a/SKILL.md", "theirs\n");
  manifest::Deployed record;
  record.type = "skill";
  record.name = "a";
  record.collection = "default";
  record.deployed_at = 1'600'000'000'000'000;
  record.path = "skills/a";
  record.content_hash = std::string(64, 'b');
  record.profile = "claude_code";
  record.profile_root = ".claude";
  REQUIRE(manifest::WriteDeployed(dir, {record}).ok());
  Need(deploy::Drift(bench.context, {{dir}, false, false}));
  const Seq known = bench.Head();
  Need(deploy::Deploy(bench.context, {{"a"}, dir, "", true}));
  // The check had kept the edited copy, so that is what comes back.
  bench.context.at = std::to_string(known);
  Need(snapshot::Restore(bench.context, {{}, {}, dir}));
  REQUIRE(ReadFile(dir / ".claude/skills/a/SKILL.md") == "theirs\n");
  REQUIRE(deploy::Drift(bench.context, {{dir}, false, false}).ok());
}

}  // namespace
}  // namespace skilltrail
