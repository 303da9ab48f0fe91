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

// A hook "guard" and a server "git" are deployed beside what a person wrote, as they were `then`; then both get a new version.
class SharedBench : public Workbench {
 public:
  SharedBench() {
    WriteFile(settings, R"({"model": "opus", "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "mine"}]}]}})");
    Define("one");
    Deploy({"guard", "git"});
    then = Head();
    Define("two");
    Deploy({"guard", "git"});
  }
  void Define(const std::string& word) {
    WriteFile(Collection() / "hooks/guard/settings.json",
              R"({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "run guard.sh )" + word + R"("}]}]}})");
    WriteFile(Collection() / "hooks/guard/guard.sh", word + "\n");
    WriteFile(Collection() / "mcp/git/.mcp.json", R"({"mcpServers": {"git": {"command": "serve", "args": [")" + word + R"("]}}})");
    Capture();
  }
  void Deploy(const std::vector<std::string>& artifacts) { Need(deploy::Deploy(context, {artifacts, dir, "", false})); }
  Result<snapshot::RestoreReport> Restore(Seq to, const std::vector<std::string>& artifacts = {}) {
    context.at = std::to_string(to);
    auto report = snapshot::Restore(context, {artifacts, {}, dir});
    context.at.clear();
    return report;
  }
  // The hook's command and the server's argument; empty where it does not stand.
  std::string Hook() const { return Word(settings, "run guard.sh "); }
  std::string Server() const { return Word(servers, "serve"); }
  size_t Drifted() { return Need(deploy::Drift(context, {{dir}, false, false})).at(0).drifted(); }

  std::filesystem::path dir = Path("project");
  std::filesystem::path settings = dir / ".claude/settings.json", servers = dir / ".mcp.json";
  Seq then = 0;

 private:
  static std::string Word(const std::filesystem::path& file, const std::string& before) {
    if (!std::filesystem::exists(file)) return {};
    const std::string text = ReadFile(file);
    const size_t at = text.find(before);
    if (at == std::string::npos) return {};
    for (const std::string word : {"one", "two", "mended"}) {
      if (text.find(word, at) != std::string::npos) return word;
    }
    return "?";
  }
};

TEST_CASE("hooks and servers come back as entries of the files that they share, and a person's stay") {
  SharedBench bench;
  const auto report = Need(bench.Restore(bench.then));
  REQUIRE(report.plan.size() == 2);
  REQUIRE(report.plan[0].action == Action::kUpdate);
  REQUIRE(report.plan[0].files == 2);
  REQUIRE(bench.Hook() == "one");
  REQUIRE(bench.Server() == "one");
  REQUIRE(ReadFile(bench.dir / ".claude/hooks/guard/guard.sh") == "one\n");
  REQUIRE_FALSE(std::filesystem::exists(bench.dir / ".claude/hooks/guard/settings.json"));
  REQUIRE_FALSE(std::filesystem::exists(bench.dir / ".claude/mcp"));
  REQUIRE(ReadFile(bench.settings).find("mine") != std::string::npos);
  REQUIRE(ReadFile(bench.settings).find("opus") != std::string::npos);
  REQUIRE(bench.Drifted() == 2);  // outdated

  Need(bench.Restore(report.safety_seq));
  REQUIRE(bench.Hook() == "two");
  REQUIRE(bench.Server() == "two");
  REQUIRE(bench.Drifted() == 0);
  const Seq head = bench.Head();
  for (const auto& planned : Need(bench.Restore(head)).plan) REQUIRE(planned.action == Action::kKeep);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("an undeployed hook and server are merged in again, and one deployed since is taken out") {
  SharedBench bench;
  const Seq both = bench.Head();
  Need(deploy::Undeploy(bench.context, {{"guard", "git"}, bench.dir, "", false}));
  const Seq none = bench.Head();
  REQUIRE(Need(bench.Restore(both)).plan[0].action == Action::kCreate);
  REQUIRE(bench.Hook() == "two");
  REQUIRE(bench.Server() == "two");
  REQUIRE(bench.Drifted() == 0);
  REQUIRE(Need(bench.Restore(none)).plan[0].action == Action::kRemove);
  REQUIRE(bench.Hook().empty());
  REQUIRE_FALSE(std::filesystem::exists(bench.servers));
  REQUIRE(ReadFile(bench.settings).find("mine") != std::string::npos);
  REQUIRE(Need(bench.Restore(both, {"mcp:git"})).plan.size() == 1);
  REQUIRE(bench.Server() == "two");
  REQUIRE(bench.Hook().empty());
}

TEST_CASE("what stands where nothing is deployed now is in the way of a restore, for nothing would lead back to it") {
  SharedBench bench;
  const Seq both = bench.Head();
  Need(deploy::Undeploy(bench.context, {{"guard", "git"}, bench.dir, "", false}));
  const Seq none = bench.Head();
  const std::string servers = R"({"mcpServers": {"git": {"command": "a person's"}}})";
  WriteFile(bench.servers, servers);
  const auto refused = bench.Restore(both, {"git"});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find(".mcp.json") != std::string::npos);
  WriteFile(bench.dir / ".claude/hooks/guard/own.sh", "mine\n");
  REQUIRE(bench.Restore(both, {"guard"}).error().code == Code::kConflict);
  REQUIRE(bench.Head() == none);
  REQUIRE(ReadFile(bench.servers) == servers);
  REQUIRE(ReadFile(bench.dir / ".claude/hooks/guard/own.sh") == "mine\n");
}

TEST_CASE("an edited entry is kept before a restore replaces it, and comes back edited") {
  SharedBench bench;
  std::string text = ReadFile(bench.servers);
  WriteFile(bench.servers, text.replace(text.find("two"), 3, "mended"));
  const auto report = Need(bench.Restore(bench.then));
  REQUIRE(report.notes.size() == 1);
  REQUIRE(bench.Server() == "one");
  Need(bench.Restore(report.safety_seq));
  REQUIRE(bench.Server() == "mended");
  REQUIRE(bench.Hook() == "two");
}

TEST_CASE("a shared file that is broken or a copy that is a link stops a restore before anything changes") {
  SharedBench bench;
  const Seq head = bench.Head();
  const std::string servers = ReadFile(bench.servers);
  WriteFile(bench.servers, "{");
  REQUIRE(bench.Restore(bench.then).error().message.find(".mcp.json") != std::string::npos);
  WriteFile(bench.servers, servers);
  const auto own = bench.dir / ".claude/hooks/guard";
  std::filesystem::rename(own, bench.Path("elsewhere"));
  std::filesystem::create_directory_symlink(bench.Path("elsewhere"), own);
  REQUIRE(bench.Restore(bench.then).error().code == Code::kConflict);
  REQUIRE(bench.Head() == head);
  REQUIRE(bench.Hook() == "two");
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
