#include "engine/deploy/deploy.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "engine/collection/capture.h"
#include "engine/store/store.h"
#include "events/codec.h"
#include "tests/deploy/project_bench.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using schema::DriftType;
using testing::Edit;
using testing::kEverything;
using testing::Need;
using testing::ProjectBench;
using testing::ReadFile;
using testing::WriteFile;

size_t Of(const std::vector<std::string>& types, const std::string& type) {
  return static_cast<size_t>(std::count(types.begin(), types.end(), type));
}

TEST_CASE("artifacts of every type are where their programs look for them, and in sync") {
  ProjectBench project;
  Need(project.Deploy(kEverything));
  REQUIRE(ReadFile(project.root / "skills/a/SKILL.md") == project.bench.SkillText("a"));
  REQUIRE(ReadFile(project.root / "commands/go.md") == project.InCollection("commands/go.md"));
  REQUIRE(ReadFile(project.root / "agents/help.md") == project.InCollection("agents/help.md"));
  REQUIRE(ordered_json::parse(ReadFile(project.settings)) == ordered_json::parse(testing::kHookDefinition));
  REQUIRE(ReadFile(project.root / "hooks/guard/guard.sh") == "#!/bin/sh\n");
  REQUIRE(!fs::exists(project.root / "hooks/guard/settings.json"));
  REQUIRE(ordered_json::parse(ReadFile(project.servers)) == ordered_json::parse(testing::kServerDefinition));
  REQUIRE(!fs::exists(project.root / "mcp"));
  REQUIRE(project.Drift().entries.empty());
  const auto again = Need(project.Deploy(kEverything));
  REQUIRE(std::all_of(again.items.begin(), again.items.end(), [](const auto& item) { return item.action == "unchanged"; }));
  REQUIRE(again.run_id.empty());
}

TEST_CASE("a hook and a server go by their own keys, and what a person wrote there has its bytes again") {
  ProjectBench project;
  const std::string settings =
      "{\n    \"model\": \"opus\", \"n\": 1.50,\n    \"hooks\": {\n        \"Stop\": [{\"hooks\": []}]\n    }\n}\n";
  const std::string servers = "{\"mcpServers\":{\"mine\":{\"command\":\"m\"}},\"x\":[1]}";
  WriteFile(project.settings, settings);
  WriteFile(project.servers, servers);
  Need(project.Deploy({"guard", "git"}));
  REQUIRE(ReadFile(project.settings).find("run guard.sh") != std::string::npos);
  REQUIRE(project.Drift().drifted() == 0);
  // Edits beside them are nobody's drift, and stay.
  Edit(project.settings, "opus", "haiku");
  Edit(project.servers, "\"m\"", "\"n\"");
  REQUIRE(project.Drift().drifted() == 0);
  Need(project.Undeploy({"guard", "git"}));
  std::string left = settings;
  REQUIRE(ReadFile(project.settings) == left.replace(left.find("opus"), 4, "haiku"));
  REQUIRE(ReadFile(project.servers) == "{\"mcpServers\":{\"mine\":{\"command\":\"n\"}},\"x\":[1]}");
  REQUIRE(!fs::exists(project.root / "hooks/guard"));
}

TEST_CASE("shared files that held nothing else are gone with the last entry") {
  ProjectBench project;
  Need(project.Deploy({"guard", "git"}));
  Need(project.Undeploy({"guard", "git"}));
  REQUIRE(!fs::exists(project.settings));
  REQUIRE(!fs::exists(project.servers));
  REQUIRE(!fs::exists(project.root / ".skillmeat-deployed.toml"));
}

TEST_CASE("a new version of a hook takes the place of the old one") {
  ProjectBench project;
  WriteFile(project.settings, R"({"hooks": {"PreToolUse": [{"matcher": "A"}]}})");
  Need(project.Deploy({"guard"}));
  Edit(project.settings, R"({"matcher": "A"},)", R"({"matcher": "A"},{"matcher": "B"},)");
  Edit(project.bench.Collection() / "hooks/guard/settings.json", "guard.sh", "guard.sh --strict");
  REQUIRE(project.DriftOf("hook:guard") == DriftType::outdated);
  Need(project.Deploy({"guard"}));
  const auto hooks = ordered_json::parse(ReadFile(project.settings))["hooks"]["PreToolUse"];
  REQUIRE(hooks.size() == 3);
  REQUIRE(hooks[2]["hooks"][0]["command"] == "run guard.sh --strict");
  REQUIRE(project.Drift().drifted() == 0);
}

TEST_CASE("an edited entry in the way is refused, and captured when it is overwritten") {
  ProjectBench project;
  Need(project.Deploy({"guard", "git"}));
  Edit(project.settings, "run guard.sh", "run guard.sh --off");
  Edit(project.servers, "mcp-server-git", "mine");
  REQUIRE(project.DriftOf("hook:guard") == DriftType::modified);
  REQUIRE(project.DriftOf("mcp-server:git") == DriftType::modified);
  for (const std::string artifact : {"guard", "git"}) {
    const auto refused = project.Deploy({artifact});
    REQUIRE(refused.error().code == Code::kConflict);
    REQUIRE(project.Undeploy({artifact}).error().code == Code::kConflict);
  }
  REQUIRE(ReadFile(project.settings).find("--off") != std::string::npos);
  Need(project.Deploy({"guard", "git"}, true));
  REQUIRE(ReadFile(project.settings).find("--off") == std::string::npos);
  REQUIRE(ReadFile(project.servers).find("mine") == std::string::npos);
  REQUIRE(project.Drift().drifted() == 0);
  // Both edits can be read again.
  auto reading = Need(Reading::Open(project.bench.context));
  size_t kept = 0;
  store::ScanOptions options;
  REQUIRE(reading->log()
              .Scan(options,
                    [&](const store::StoredEvent& event) {
                      const auto* found = event.event->payload_as_DriftDetected();
                      if (found == nullptr) return store::Visit::kContinue;
                      const auto tree = Need(collection::LoadTree(DigestOf(found->project_tree()), reading->blobs()));
                      for (const auto& file : Need(collection::LoadContent(tree, false, reading->blobs())).files) {
                        kept += file.bytes.find("--off") != std::string::npos || file.bytes.find("mine") != std::string::npos ? 1 : 0;
                      }
                      return store::Visit::kContinue;
                    })
              .ok());
  REQUIRE(kept == 2);
}

TEST_CASE("a hook that was rewritten from the ground up is edited while it runs a file of the artifact's own, under any event") {
  for (const std::string command :
       {".claude/hooks/guard/guard.sh", "bash \\\"$CLAUDE_PROJECT_DIR\\\"/.claude/hooks/guard/other.sh all of it anew",
        "${CLAUDE_PROJECT_DIR}/.claude/hooks/guard/guard.sh"}) {
    ProjectBench project;
    Need(project.Deploy({"guard"}));
    WriteFile(project.settings, R"({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "mine"}]},
      {"hooks": [{"type": "command", "command": ")" +
                                    command + R"("}]}]}})");
    REQUIRE(project.DriftOf("hook:guard") == DriftType::modified);
    REQUIRE(project.Undeploy({"guard"}).error().code == Code::kConflict);
    Need(project.Undeploy({"guard"}, true));
    // Nothing is left behind that runs a file which is gone.
    const auto hooks = ordered_json::parse(ReadFile(project.settings))["hooks"];
    REQUIRE(hooks.size() == 1);
    REQUIRE(hooks["Stop"].size() == 1);
    REQUIRE(hooks["Stop"][0]["hooks"][0]["command"] == "mine");
  }
}

TEST_CASE("a person's hook is not taken for an artifact's, whatever it runs elsewhere") {
  for (const std::string command :
       {"~/.claude/hooks/guard/guard.sh", "$HOME/.claude/hooks/guard/guard.sh", ".claude/hooks/guard2/guard.sh"}) {
    ProjectBench project;
    const std::string mine = R"({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": ")" + command + R"("}]}]}})";
    WriteFile(project.settings, mine);
    Need(project.Deploy({"guard"}));
    WriteFile(project.settings, mine);
    Need(project.Undeploy({"guard"}, true));
    REQUIRE(ReadFile(project.settings) == mine);
  }
}

TEST_CASE("a removed entry is missing, and a server of a person's under the same name is in the way") {
  ProjectBench project;
  Need(project.Deploy({"git"}));
  WriteFile(project.servers, "{}");
  REQUIRE(project.DriftOf("mcp-server:git") == DriftType::missing);
  Need(project.Deploy({"git"}));
  REQUIRE(project.Drift().drifted() == 0);
  Need(project.Undeploy({"git"}));
  WriteFile(project.servers, R"({"mcpServers": {"git": {"command": "mine"}}})");
  REQUIRE(project.Deploy({"git"}).error().code == Code::kConflict);
  Need(project.Deploy({"git"}, true));
  REQUIRE(ReadFile(project.servers).find("mine") == std::string::npos);
}

TEST_CASE("two artifacts with the same hook share it, two with another server of one name do not") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "hooks/twin/hooks.json", testing::kHookDefinition);
  WriteFile(project.bench.Collection() / "mcp/other/mcp.json", R"({"git": {"command": "other"}})");
  Need(project.Deploy({"guard", "twin", "git"}));
  REQUIRE(ordered_json::parse(ReadFile(project.settings))["hooks"]["PreToolUse"].size() == 1);
  Need(project.Undeploy({"guard"}));
  REQUIRE(project.Drift().drifted() == 0);
  const auto refused = project.Deploy({"other"}, true);
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("\"git\"") != std::string::npos);
}

TEST_CASE("a settings file that is broken stops the command before anything is written") {
  ProjectBench project;
  WriteFile(project.settings, "{ // mine\n}");
  const Seq head = project.bench.Head();
  const auto refused = project.Deploy({"a", "guard"});
  REQUIRE(refused.error().message.find(project.settings.string()) != std::string::npos);
  REQUIRE(refused.error().message.find("json.exception") == std::string::npos);
  REQUIRE(project.bench.Head() == head);
  REQUIRE(!fs::exists(project.root / "skills"));
  Need(project.Deploy({"a"}));
}

TEST_CASE("a settings file that is a link is changed where it leads to") {
  ProjectBench project;
  const auto dotfile = project.bench.Path("dotfiles/settings.json");
  WriteFile(dotfile, "{\"model\": \"m\"}");
  fs::permissions(dotfile, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_directories(project.root);
  fs::create_symlink(dotfile, project.settings);
  Need(project.Deploy({"guard"}));
  REQUIRE(fs::is_symlink(project.settings));
  REQUIRE(ReadFile(dotfile).find("guard.sh") != std::string::npos);
  REQUIRE(fs::status(dotfile).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  REQUIRE(project.Drift().drifted() == 0);
}

TEST_CASE("other profiles have roots of their own, known ones their programs' files") {
  ProjectBench project;
  Need(project.Deploy(kEverything, false, "gemini"));
  const auto gemini = ordered_json::parse(ReadFile(project.dir / ".gemini/settings.json"));
  REQUIRE(gemini.contains("hooks"));
  REQUIRE(gemini.contains("mcpServers"));
  Need(project.Deploy({"git", "a"}, false, "cursor"));
  REQUIRE(fs::exists(project.dir / ".cursor/mcp.json"));
  Need(project.Deploy({"a"}, false, ".windsurf"));
  REQUIRE(fs::exists(project.dir / ".windsurf/skills/a/SKILL.md"));
  REQUIRE(project.Drift().drifted() == 0);
  REQUIRE(project.Undeploy({"a"}).error().message.find("twice") != std::string::npos);
  Need(project.Undeploy({"a"}, false, "cursor"));
  Need(project.Undeploy(kEverything, false, "gemini"));
  Need(project.Undeploy({"a", "git"}));
  REQUIRE(!fs::exists(project.dir / ".gemini/settings.json"));
  REQUIRE(project.Deploy({"a"}, false, "gemni").error().hint.find("gemini") != std::string::npos);
  REQUIRE(!project.Deploy({"a"}, false, ".git").ok());
  REQUIRE(!project.Deploy({"a"}, false, "./x").ok());
}

TEST_CASE("deploying many is linear: one batch, one record file, a shared file changes once") {
  ProjectBench project;
  std::vector<std::string> artifacts;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "h" + std::to_string(i);
    WriteFile(project.bench.Collection() / "hooks" / name / "settings.json",
              R"({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": ")" + name + R"("}]}]}})");
    artifacts.push_back("hook:" + name);
  }
  project.bench.Capture();
  const Seq head = project.bench.Head();
  Need(project.Deploy(artifacts));
  const auto types = project.bench.Since(head);
  REQUIRE(types.size() == 302);
  REQUIRE(Of(types, "artifact_deployed") == 300);
  REQUIRE(ordered_json::parse(ReadFile(project.settings))["hooks"]["Stop"].size() == 300);
  const std::string records = ReadFile(project.root / ".skillmeat-deployed.toml");
  REQUIRE(records.find("artifact_path = \"hooks/h299\"") != std::string::npos);
  Need(project.Undeploy(artifacts));
  REQUIRE(!fs::exists(project.settings));
}

TEST_CASE("a dry run of a deployment writes nothing at all") {
  ProjectBench project;
  Edit(project.bench.Collection() / "hooks/guard/settings.json", "guard.sh", "guard.sh -x");  // not captured
  const Seq head = project.bench.Head();
  project.bench.context.dry_run = true;
  const auto report = Need(project.Deploy(kEverything));
  REQUIRE(report.items.size() == kEverything.size());
  REQUIRE(project.bench.Head() == head);
  REQUIRE(fs::is_empty(project.dir));
}

TEST_CASE("what holds nothing to deploy is said by name") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "hooks/empty/settings.json", "{\"permissions\": {}}");
  WriteFile(project.bench.Collection() / "workflows/w/WORKFLOW.yaml", "name: w\n");
  const auto empty = project.Deploy({"empty"});
  REQUIRE(empty.error().code == Code::kUsage);
  REQUIRE(empty.error().message.find("hook:empty") != std::string::npos);
  REQUIRE(project.Deploy({"w"}).error().code == Code::kUsage);
}

TEST_CASE("what was deployed is listed, now and at a point, and where the directory is gone") {
  ProjectBench project;
  const Seq before = project.bench.Head();
  Need(project.Deploy({"a", "git"}));
  const Seq then = project.bench.Head();
  Edit(project.root / "skills/a/SKILL.md", "1", "one");
  project.Drift();
  Need(project.Undeploy({"git"}));
  auto report = Need(deploy::ListDeployed(project.bench.context, {{}, true}));
  REQUIRE(report.projects.size() == 1);
  REQUIRE(report.projects[0].deployments.size() == 1);
  REQUIRE(report.projects[0].deployments[0].drift->type == DriftType::modified);
  project.bench.context.at = std::to_string(then);
  report = Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false}));
  REQUIRE(report.projects[0].deployments.size() == 2);
  REQUIRE(!report.projects[0].deployments[1].drift);
  project.bench.context.at = std::to_string(before);
  REQUIRE(Need(deploy::ListDeployed(project.bench.context, {{}, true})).projects.empty());
  project.bench.context.at.clear();
  fs::remove_all(project.dir);
  report = Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false}));
  REQUIRE(!report.projects[0].exists);
  REQUIRE(report.projects[0].deployments.size() == 1);
  REQUIRE(deploy::ListDeployed(project.bench.context, {{project.bench.Path("never")}, false}).error().code == Code::kNotFound);
}

TEST_CASE("what a link to a shared file leads to stays when the last entry goes") {
  ProjectBench project;
  const auto dotfile = project.bench.Path("mcp.json");
  Need(project.Deploy({"git"}));
  fs::rename(project.servers, dotfile);
  fs::create_symlink(dotfile, project.servers);
  Need(project.Undeploy({"git"}));
  REQUIRE(ReadFile(dotfile) == "{}\n");
  Need(project.Deploy({"git"}));
  REQUIRE(fs::is_symlink(project.servers));
  REQUIRE(project.Drift().drifted() == 0);
}

TEST_CASE("a link to nothing is in the way, an empty directory is not") {
  ProjectBench project;
  fs::create_directories(project.root / "skills");
  fs::create_directory_symlink(project.bench.Path("nowhere"), project.root / "skills/a");
  REQUIRE(project.Deploy({"a"}, true).error().code == Code::kConflict);
  fs::remove(project.root / "skills/a");
  fs::create_directories(project.root / "skills/a/scripts");
  Need(project.Deploy({"a"}));
  REQUIRE(project.Drift().drifted() == 0);
}

TEST_CASE("a project under another path has its hooks and servers where they were merged") {
  ProjectBench project;
  WriteFile(project.servers, R"({"mcpServers": {"mine": {"command": "m"}}})");
  Need(project.Deploy(kEverything));
  const auto moved = project.bench.Path("moved");
  fs::copy(project.dir, moved, fs::copy_options::recursive);
  const auto drift = Need(deploy::Drift(project.bench.context, {{moved}, false, false})).front();
  REQUIRE(drift.total_artifacts == kEverything.size());
  REQUIRE(drift.drifted() == 0);
  Edit(moved / ".mcp.json", "mcp-server-git", "other");
  Edit(moved / ".claude/settings.json", "run guard.sh", "run guard.sh --off");
  REQUIRE(Need(deploy::Drift(project.bench.context, {{moved}, false, false})).front().Count(DriftType::modified) == 2);
  REQUIRE(deploy::Undeploy(project.bench.context, {{"git"}, moved, "", false}).error().code == Code::kConflict);
  Need(deploy::Undeploy(project.bench.context, {{"git", "guard"}, moved, "", true}));
  REQUIRE(ReadFile(moved / ".mcp.json").find("\"git\"") == std::string::npos);
  REQUIRE(ReadFile(moved / ".mcp.json").find("mine") != std::string::npos);
  REQUIRE(!fs::exists(moved / ".claude/settings.json"));
}

TEST_CASE("one place has one collection's copy: another's is in the way, and goes when its place is taken") {
  ProjectBench project;
  Need(project.Deploy({"a", "guard"}));
  Need(curate::CreateCollection(project.bench.context, "other", {}));
  const auto mine = project.bench.Collection().parent_path() / "other";
  fs::create_directories(mine / "skills");
  fs::copy(project.bench.Collection() / "skills/a", mine / "skills/a", fs::copy_options::recursive);
  Edit(mine / "skills/a/SKILL.md", "3", "three");
  fs::copy(project.bench.Collection() / "hooks", mine / "hooks", fs::copy_options::recursive);
  project.bench.context.collection = "other";

  const Seq head = project.bench.Head();
  const auto refused = project.Deploy({"a"});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("\"default\"") != std::string::npos);
  REQUIRE(project.Deploy({"guard"}, true).error().code == Code::kConflict);
  REQUIRE(project.bench.Since(head).empty());

  Need(project.Deploy({"a"}, true));
  REQUIRE(ReadFile(project.root / "skills/a/SKILL.md").find("three") != std::string::npos);
  REQUIRE(Of(project.bench.Since(head), "drift_detected") == 0);  // nobody had edited what stood there
  REQUIRE(Of(project.bench.Since(head), "artifact_undeployed") == 1);
  const auto deployed = Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false}));
  REQUIRE(deployed.projects[0].deployments.size() == 1);
  REQUIRE(deployed.projects[0].deployments[0].collection == "other");
}

TEST_CASE("a mode is no edit: it is in sync, and neither deploy nor undeploy has anything to keep") {
  ProjectBench project;
  Need(project.Deploy({"a"}));
  const auto file = project.root / "skills/a/SKILL.md";
  fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
  REQUIRE(project.DriftOf("skill:a") == DriftType::unspecified);
  Need(project.Deploy({"a"}));
  REQUIRE((fs::status(file).permissions() & fs::perms::owner_exec) == fs::perms::none);
  fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
  Need(project.Undeploy({"a"}));
  REQUIRE(!fs::exists(file));
}

TEST_CASE("an artifact that cannot be read keeps nobody from deploying another") {
  ProjectBench project;
  fs::remove(project.bench.Collection() / "skills/a/SKILL.md");
  REQUIRE(mkfifo((project.bench.Collection() / "skills/a/SKILL.md").c_str(), 0600) == 0);
  Need(project.Deploy({"go"}));
  REQUIRE(!project.Deploy({"a"}).ok());
}

TEST_CASE("a project that is gone is forgotten by undeploying what was there") {
  ProjectBench project;
  Need(project.Deploy(kEverything));
  fs::remove_all(project.dir);
  Need(project.Undeploy(kEverything));
  REQUIRE(!fs::exists(project.dir));
  REQUIRE(Need(deploy::Drift(project.bench.context, {{}, true, false})).empty());
  REQUIRE(project.Undeploy({"a"}).error().message.find("no directory") != std::string::npos);
}

TEST_CASE("what was to come into a project that is gone meanwhile is let go") {
  ProjectBench project;
  WriteFile(project.root / ".skilltrail-staging", "a file in the directory's place: the deployment is recorded, and its files wait\n");
  REQUIRE(!project.Deploy({"go"}).ok());
  fs::remove_all(project.dir);
  project.bench.WriteSkill("b", "one");
  const auto captured = project.bench.Capture();
  REQUIRE(!fs::exists(project.dir));
  REQUIRE(std::any_of(captured.notes.begin(), captured.notes.end(),
                      [](const auto& note) { return note.find("the project is gone") != std::string::npos; }));
  REQUIRE(project.bench.Capture().notes.empty());
}

TEST_CASE("a definition file that lies in a copy's own folder is not taken for the entries") {
  ProjectBench project;
  Need(project.Deploy({"guard", "git"}));
  fs::remove(project.settings);
  fs::remove(project.servers);
  WriteFile(project.root / "hooks/guard/settings.json", project.InCollection("hooks/guard/settings.json"));
  WriteFile(project.root / "mcp/git/.mcp.json", project.InCollection("mcp/git/.mcp.json"));
  REQUIRE(project.DriftOf("hook:guard") == DriftType::modified);
  REQUIRE(project.DriftOf("mcp-server:git") == DriftType::missing);
  Need(project.Deploy({"guard", "git"}, true));
  REQUIRE(ReadFile(project.settings).find("run guard.sh") != std::string::npos);
  REQUIRE(ReadFile(project.servers).find("mcp-server-git") != std::string::npos);
  REQUIRE(!fs::exists(project.root / "hooks/guard/settings.json"));
  REQUIRE(!fs::exists(project.root / "mcp/git"));
  REQUIRE(project.Drift().drifted() == 0);
}

TEST_CASE("a person's own definition file in a copy's folder is an edit, and is kept") {
  ProjectBench project;
  Need(project.Deploy({"guard"}));
  WriteFile(project.root / "hooks/guard/settings.json", "{\"hooks\": {}}\n");
  REQUIRE(project.DriftOf("hook:guard") == DriftType::modified);
  REQUIRE(project.Deploy({"guard"}).error().code == Code::kConflict);
  REQUIRE(fs::exists(project.root / "hooks/guard/settings.json"));
}

TEST_CASE("a link in a copy's place is never replaced: deploy and undeploy refuse it and record nothing") {
  ProjectBench project;
  const auto elsewhere = project.bench.Path("elsewhere");
  WriteFile(elsewhere / "SKILL.md", "a person's\n");
  fs::create_directories(project.root / "skills");
  fs::create_directory_symlink(elsewhere, project.root / "skills/a");
  const Seq head = project.bench.Head();
  for (const bool overwrite : {false, true}) {
    const auto refused = project.Deploy({"a"}, overwrite);
    REQUIRE(refused.error().code == Code::kConflict);
    REQUIRE(refused.error().message.find("skills/a") != std::string::npos);
  }
  REQUIRE(project.bench.Head() == head);
  // What it shows may be what is wanted; then there is nothing to write.
  WriteFile(elsewhere / "SKILL.md", project.bench.SkillText("a"));
  Need(project.Deploy({"a"}));
  REQUIRE(project.Drift().drifted() == 0);
  const Seq deployed = project.bench.Head();
  REQUIRE(project.Undeploy({"a"}, true).error().code == Code::kConflict);
  REQUIRE(project.bench.Head() == deployed);
  REQUIRE(fs::is_symlink(project.root / "skills/a"));
  REQUIRE(ReadFile(elsewhere / "SKILL.md") == project.bench.SkillText("a"));
}

TEST_CASE("any word for a type names a deployed artifact") {
  ProjectBench project;
  Need(project.Deploy({"mcp:git"}));
  Edit(project.servers, "mcp-server-git", "mine");
  REQUIRE(Need(project.Pull({"mcp:git"}, deploy::PullStrategy::kOverwrite)).items.front().action == "overwritten");
  REQUIRE(Need(project.Undeploy({"mcp:git"})).items.front().artifact == "mcp-server:git");
  REQUIRE(project.Undeploy({"hook:git"}).error().code == Code::kNotFound);
}

TEST_CASE("a hook whose only command was written on is edited, and another command in its place is not") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "hooks/hk/settings.json",
            R"({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "echo hk"}]}]}})");
  Need(project.Deploy({"hk"}));
  Edit(project.settings, "echo hk", "echo hk-edited");
  REQUIRE(project.DriftOf("hook:hk") == DriftType::modified);
  REQUIRE(project.Deploy({"hk"}).error().message.find("settings.json") != std::string::npos);
  REQUIRE(project.Undeploy({"hk"}).error().code == Code::kConflict);
  Need(project.Undeploy({"hk"}, true));
  REQUIRE(!fs::exists(project.settings));
  Need(project.Deploy({"hk"}));
  Edit(project.settings, "echo hk", "lint all");
  REQUIRE(project.DriftOf("hook:hk") == DriftType::missing);
}

}  // namespace
}  // namespace skilltrail
