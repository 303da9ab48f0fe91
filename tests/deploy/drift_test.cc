#include "engine/deploy/drift.h"

#include <algorithm>

#include "engine/deploy/deploy.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using deploy::Classify;
using deploy::Side;
using schema::DriftType;
using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;

Side There(const std::string& hash) {
  return {Side::State::kThere, hash, {}};
}

TEST_CASE("the three-way table") {
  const Side gone{Side::State::kAbsent, {}, {}}, unknown{Side::State::kUnknown, {}, "why"};
  REQUIRE(Classify("b", There("b"), There("b")).type == DriftType::unspecified);
  REQUIRE(Classify("b", There("b"), There("p")).type == DriftType::modified);
  REQUIRE(Classify("b", There("c"), There("b")).type == DriftType::outdated);
  REQUIRE(Classify("b", There("c"), There("p")).type == DriftType::conflict);
  REQUIRE(Classify("b", There("c"), There("c")).converged);
  REQUIRE(Classify("b", There("b"), gone).type == DriftType::missing);
  REQUIRE(Classify("b", gone, There("b")).type == DriftType::removed);
  REQUIRE(Classify("b", unknown, There("b")).type == DriftType::unknown);
  REQUIRE(Classify("b", gone, unknown).type == DriftType::unknown);
}

class Project {
 public:
  Project() {
    bench.WriteSkill("a", "one");
    WriteFile(bench.Collection() / "commands/go.md", "---\ndescription: d\n---\ngo\n");
    bench.Capture();
    std::filesystem::create_directories(dir);
    Need(deploy::Deploy(bench.context, {{"a", "go"}, dir, "", false}));
  }
  Workbench bench;
  std::filesystem::path dir = bench.Path("project");
  std::filesystem::path skill = dir / ".claude/skills/a/SKILL.md";

  deploy::DriftReport Check() { return Need(deploy::Drift(bench.context, {{dir}, false, false})).front(); }
};

TEST_CASE("skills and commands are in sync straight after a deployment, and their records are SkillMeat's") {
  Project project;
  REQUIRE(project.Check().drifted() == 0);
  const std::string records = ReadFile(project.dir / ".claude/.skillmeat-deployed.toml");
  REQUIRE(records.find("artifact_name = \"go\"") != std::string::npos);
  REQUIRE(records.find("artifact_path = \"commands/go.md\"") != std::string::npos);
}

TEST_CASE("a finding is recorded once, stays open with its first time, and is resolved when it ends") {
  Project project;
  const std::string agreed = ReadFile(project.skill);
  WriteFile(project.skill, agreed + "mine\n");
  const auto first = project.Check();
  REQUIRE(first.Count(DriftType::modified) == 1);
  const Micros detected = first.entries[0].modification_detected_at;
  REQUIRE(detected != 0);
  REQUIRE(first.entries[0].files.size() == 1);
  Seq head = project.bench.Head();
  REQUIRE(project.Check().entries[0].modification_detected_at == detected);
  REQUIRE(project.bench.Head() == head);
  WriteFile(project.skill, agreed + "mine again\n");
  REQUIRE(project.Check().entries[0].modification_detected_at == detected);
  REQUIRE(project.bench.Head() > head);
  WriteFile(project.skill, agreed);
  head = project.bench.Head();
  REQUIRE(project.Check().drifted() == 0);
  const auto types = project.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "drift_resolved") == 1);
}

TEST_CASE("the same edit on both sides is no conflict, and the baseline moves") {
  Project project;
  project.bench.WriteSkill("a", "two");
  WriteFile(project.skill, project.bench.SkillText("a"));
  const Seq head = project.bench.Head();
  REQUIRE(project.Check().drifted() == 0);
  const auto types = project.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "baseline_moved") == 1);
  REQUIRE(project.Check().drifted() == 0);
}

TEST_CASE("a deleted copy is missing, a removed artifact is removed, an undeployed one is added") {
  Project project;
  std::filesystem::remove_all(project.dir / ".claude/skills/a");
  Need(curate::Remove(project.bench.context, {"go"}));
  project.bench.WriteSkill("b", "new");
  const auto report = project.Check();
  REQUIRE(report.Count(DriftType::missing) == 1);
  REQUIRE(report.Count(DriftType::removed) == 1);
  REQUIRE(report.Count(DriftType::added) == 1);
  REQUIRE(report.drifted() == 2);
}

TEST_CASE("a local edit in the way is refused, and kept when it is overwritten") {
  Project project;
  WriteFile(project.skill, "mine\n");
  project.bench.WriteSkill("a", "two");
  const Seq head = project.bench.Head();
  REQUIRE(deploy::Deploy(project.bench.context, {{"a"}, project.dir, "", false}).error().code == Code::kConflict);
  REQUIRE(project.bench.Head() == head);
  REQUIRE(ReadFile(project.skill) == "mine\n");
  Need(deploy::Deploy(project.bench.context, {{"a"}, project.dir, "", true}));
  REQUIRE(ReadFile(project.skill) == project.bench.SkillText("a"));
  auto reading = Need(Reading::Open(project.bench.context));
  REQUIRE(Need(reading->blobs().Has(Sha256(std::string_view("mine\n")))));
  REQUIRE(project.Check().drifted() == 0);
}

TEST_CASE("a record of the peer's is compared under its own copy rule") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  WriteFile(bench.Collection() / "skills/a/.gitignore", "*.pyc\n");
  bench.Capture();
  const auto dir = bench.Path("theirs");
  WriteFile(dir / ".claude/skills/a/SKILL.md", bench.SkillText("a"));
  const auto content = Need(collection::ReadContent(dir / ".claude/skills/a"));
  WriteFile(dir / ".claude/.skillmeat-deployed.toml",
            "[[deployed]]\nartifact_name = \"a\"\nartifact_type = \"skill\"\nfrom_collection = \"default\"\n"
            "deployed_at = \"2026-03-03T10:00:00.000004\"\nartifact_path = \"skills/a\"\ncontent_hash = \"" +
                collection::ContentHash(content) + "\"\n");
  const auto report = Need(deploy::Drift(bench.context, {{dir}, false, false})).front();
  REQUIRE(report.total_artifacts == 1);
  REQUIRE(report.drifted() == 0);
}

}  // namespace
}  // namespace skilltrail
