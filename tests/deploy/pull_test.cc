#include "engine/deploy/pull.h"

#include <algorithm>
#include <filesystem>

#include "engine/curate/curate.h"
#include "tests/deploy/project_bench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using deploy::PullStrategy;
using schema::DriftType;
using testing::Edit;
using testing::Need;
using testing::ProjectBench;
using testing::ReadFile;
using testing::WriteFile;

// Where a person edits an artifact's copy, and where the collection has the same lines.
struct Place {
  std::string artifact, copy, original, first, last;
};
const std::vector<Place> kPlaces = {
    {"skill:a", ".claude/skills/a/SKILL.md", "skills/a/SKILL.md", "1\n", "7\n"},
    {"command:go", ".claude/commands/go.md", "commands/go.md", "go 1\n", "6\n"},
    {"agent:help", ".claude/agents/help.md", "agents/help.md", "help 1\n", "6\n"},
    {"hook:guard", ".claude/hooks/guard/guard.sh", "hooks/guard/settings.json", "#!/bin/sh\n", "\"PreToolUse\""},
};

TEST_CASE("overwrite makes the collection's copy the project's, for every type, and ends the drift") {
  ProjectBench project;
  Need(project.Deploy(testing::kEverything));
  for (const auto& place : kPlaces) Edit(project.dir / place.copy, place.first, "edited\n");
  Edit(project.servers, "mcp-server-git", "mine");
  Need(project.Pull(testing::kEverything, PullStrategy::kOverwrite));
  REQUIRE(project.InCollection("skills/a/SKILL.md") == ReadFile(project.root / "skills/a/SKILL.md"));
  REQUIRE(project.InCollection("commands/go.md").starts_with("edited\n"));
  REQUIRE(project.InCollection("hooks/guard/guard.sh") == "edited\n");
  REQUIRE(project.InCollection("hooks/guard/settings.json") == testing::kHookDefinition);
  REQUIRE(project.InCollection("mcp/git/.mcp.json") == "{\"mcpServers\": {\"git\": {\"command\":\"uvx\",\"args\":[\"mine\"]}}}\n");
  REQUIRE(project.Drift().drifted() == 0);
  const auto again = Need(project.Pull(testing::kEverything, PullStrategy::kOverwrite));
  REQUIRE(std::all_of(again.items.begin(), again.items.end(), [](const auto& item) { return item.action == "unchanged"; }));
  REQUIRE(again.run_id.empty());
}

TEST_CASE("fault 4: after a successful pull there is no conflict, whatever both sides had") {
  for (const PullStrategy strategy : {PullStrategy::kOverwrite, PullStrategy::kMerge, PullStrategy::kFork}) {
    ProjectBench project;
    Need(project.Deploy(testing::kEverything));
    for (const auto& place : kPlaces) {
      Edit(project.dir / place.copy, place.first, "theirs\n");
      Edit(project.bench.Collection() / place.original, place.last, place.last == "\"PreToolUse\"" ? "\"PostToolUse\"" : "ours\n");
    }
    REQUIRE(project.Drift().Count(DriftType::conflict) == kPlaces.size());
    Need(project.Pull({"a", "go", "help", "guard"}, strategy));
    const auto after = project.Drift();
    REQUIRE(after.Count(DriftType::conflict) == 0);
    REQUIRE(after.Count(DriftType::modified) == 0);
    REQUIRE(after.Count(DriftType::outdated) == (strategy == PullStrategy::kOverwrite ? 0 : kPlaces.size()));
    // What the collection has gone on to is one command away.
    Need(project.Deploy(testing::kEverything));
    REQUIRE(project.Drift().drifted() == 0);
    for (const auto& place : kPlaces) {
      const std::string text = ReadFile(project.dir / place.copy);
      REQUIRE((text.find("theirs") != std::string::npos) == (strategy != PullStrategy::kFork));
    }
  }
}

TEST_CASE("a merge takes each side's edits, and files that one side added or deleted") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "skills/a/gone.md", "gone\n");
  Need(project.Deploy({"a"}));
  Edit(project.root / "skills/a/SKILL.md", "1\n", "one\n");
  fs::remove(project.root / "skills/a/gone.md");
  WriteFile(project.root / "skills/a/theirs.md", "theirs\n");
  Edit(project.bench.Collection() / "skills/a/SKILL.md", "7\n", "seven\n");
  WriteFile(project.bench.Collection() / "skills/a/ours.md", "ours\n");
  const Seq head = project.bench.Head();
  const auto report = Need(project.Pull({"a"}, PullStrategy::kMerge));
  REQUIRE(report.items[0].action == "merged");
  REQUIRE(report.items[0].files.size() == 3);
  const std::string text = project.InCollection("skills/a/SKILL.md");
  REQUIRE(text.find("one\n") != std::string::npos);
  REQUIRE(text.find("seven\n") != std::string::npos);
  REQUIRE(!fs::exists(project.bench.Collection() / "skills/a/gone.md"));
  REQUIRE(fs::exists(project.bench.Collection() / "skills/a/ours.md"));
  REQUIRE(fs::exists(project.bench.Collection() / "skills/a/theirs.md"));
  const auto types = project.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "baseline_moved") == 1);
  REQUIRE(std::count(types.begin(), types.end(), "content_changed") == 2);  // ours, captured; then the merge
}

TEST_CASE("fault 5: a merge that conflicts leaves the collection untouched, and markers come only when asked for") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  Edit(project.root / "skills/a/SKILL.md", "3\n", "theirs\n");
  Edit(project.root / "commands/go.md", "2\n", "two\n");
  Edit(project.bench.Collection() / "skills/a/SKILL.md", "3\n", "ours\n");
  project.bench.Capture();
  const Seq head = project.bench.Head();
  const std::string before = project.bench.SkillText("a");
  const auto refused = project.Pull({"a", "go"}, PullStrategy::kMerge);
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("skill:a: SKILL.md") != std::string::npos);
  REQUIRE(project.bench.Head() == head);
  REQUIRE(project.bench.SkillText("a") == before);
  REQUIRE(project.InCollection("commands/go.md").find("two") == std::string::npos);
  const auto allowed = Need(project.Pull({"a", "go"}, PullStrategy::kMerge, true));
  REQUIRE(allowed.items[1].conflicts == std::vector<std::string>{"SKILL.md"});
  REQUIRE(project.bench.SkillText("a").find("<<<<<<< collection\nours\n=======\ntheirs\n>>>>>>> project\n") != std::string::npos);
  REQUIRE(project.InCollection("commands/go.md").find("two") != std::string::npos);
}

TEST_CASE("fault 5: what a merge could not take of the project's stays an edit there") {
  const auto bytes = [](char last) { return std::string("\0\1", 2) + last; };
  for (const bool binary : {true, false}) {
    ProjectBench project;
    const std::string file = "skills/a/data.bin";
    WriteFile(project.bench.Collection() / file, bytes('b'));
    project.bench.Capture();
    Need(project.Deploy({"a"}));
    WriteFile(project.bench.Collection() / file, bytes('c'));
    binary ? WriteFile(project.root / file, bytes('p')) : static_cast<void>(fs::remove(project.root / file));
    const auto pulled = Need(project.Pull({"a"}, PullStrategy::kMerge, true));
    REQUIRE(pulled.items.front().conflicts == std::vector<std::string>{"data.bin"});
    REQUIRE(project.InCollection(file) == bytes('c'));
    REQUIRE(project.DriftOf("skill:a") == DriftType::conflict);
    REQUIRE(project.Deploy({"a"}).error().code == Code::kConflict);
  }
}

TEST_CASE("fault 5: without a base no side wins silently") {
  ProjectBench project;
  WriteFile(project.root / "skills/a/SKILL.md", "theirs\n");
  WriteFile(project.root / ".skillmeat-deployed.toml",
            "[[deployed]]\nartifact_name = \"a\"\nartifact_type = \"skill\"\nfrom_collection = \"default\"\n"
            "deployed_at = \"2026-03-03T10:00:00.000004\"\nartifact_path = \"skills/a\"\ncontent_hash = \"" +
                std::string(64, 'a') + "\"\n");
  const std::string before = project.bench.SkillText("a");
  const auto refused = project.Pull({"a"}, PullStrategy::kMerge);
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().hint.find("overwrite") != std::string::npos);
  REQUIRE(project.bench.SkillText("a") == before);
}

TEST_CASE("a copy that the peer deployed is merged on the version that it deployed, and what it dropped is kept") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "skills/a/.gitignore", "*.pyc\n");
  project.bench.Capture();
  WriteFile(project.root / "skills/a/SKILL.md", project.bench.SkillText("a"));
  const auto copy = Need(collection::ReadContent(project.root / "skills/a"));
  WriteFile(project.root / ".skillmeat-deployed.toml",
            "[[deployed]]\nartifact_name = \"a\"\nartifact_type = \"skill\"\nfrom_collection = \"default\"\n"
            "deployed_at = \"2026-03-03T10:00:00.000004\"\nartifact_path = \"skills/a\"\ncontent_hash = \"" +
                collection::ContentHash(copy) + "\"\n");
  Edit(project.bench.Collection() / "skills/a/SKILL.md", "7\n", "seven\n");
  Edit(project.root / "skills/a/SKILL.md", "1\n", "one\n");
  Need(project.Pull({"a"}, PullStrategy::kMerge));
  const std::string text = project.bench.SkillText("a");
  REQUIRE(text.find("one\n") != std::string::npos);
  REQUIRE(text.find("seven\n") != std::string::npos);
  REQUIRE(fs::exists(project.bench.Collection() / "skills/a/.gitignore"));
  REQUIRE(project.DriftOf("skill:a") == DriftType::outdated);
}

TEST_CASE("a fork is an artifact of its own, and finds a free name") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  const std::string before = project.bench.SkillText("a");
  Edit(project.root / "skills/a/SKILL.md", "description: d", "description: forked");
  Edit(project.root / "commands/go.md", "2\n", "two\n");
  auto report = Need(project.Pull({"a", "go"}, PullStrategy::kFork));
  REQUIRE(report.items[0].fork == "command:go-fork");
  REQUIRE(report.items[1].fork == "skill:a-fork");
  REQUIRE(project.bench.SkillText("a") == before);
  REQUIRE(project.bench.SkillText("a-fork") == ReadFile(project.root / "skills/a/SKILL.md"));
  REQUIRE(project.InCollection("commands/go-fork.md") == ReadFile(project.root / "commands/go.md"));
  const auto state = project.bench.State();
  REQUIRE(projections::MetadataOf(*state.Find("skill:a-fork"), "description") == "forked");
  REQUIRE(project.bench.Capture().changes.empty());
  Edit(project.root / "skills/a/SKILL.md", "1\n", "one\n");
  REQUIRE(Need(project.Pull({"a"}, PullStrategy::kFork)).items[0].fork == "skill:a-fork-2");
  Need(curate::Remove(project.bench.context, {"a"}));
  Edit(project.root / "skills/a/SKILL.md", "2\n", "two\n");
  REQUIRE(project.Pull({"a"}, PullStrategy::kOverwrite).error().code == Code::kNotFound);
  REQUIRE(Need(project.Pull({"a"}, PullStrategy::kFork)).items[0].fork == "skill:a-fork-3");
}

TEST_CASE("an overwrite says that the collection had changes of its own, and the log keeps them") {
  ProjectBench project;
  Need(project.Deploy({"go"}));
  Edit(project.root / "commands/go.md", "2\n", "theirs\n");
  Edit(project.bench.Collection() / "commands/go.md", "3\n", "ours\n");
  const std::string ours = project.InCollection("commands/go.md");
  const auto report = Need(project.Pull({"go"}, PullStrategy::kOverwrite));
  REQUIRE(report.notes.size() == 1);
  auto reading = Need(Reading::Open(project.bench.context));
  REQUIRE(Need(reading->blobs().Has(Sha256(ours))));
}

TEST_CASE("pulling a copy without edits does not take the collection back") {
  ProjectBench project;
  Need(project.Deploy({"go"}));
  Edit(project.bench.Collection() / "commands/go.md", "3\n", "ours\n");
  const auto report = Need(project.Pull({"go"}, PullStrategy::kOverwrite));
  REQUIRE(report.items[0].action == "unchanged");
  REQUIRE(project.InCollection("commands/go.md").find("ours") != std::string::npos);
  REQUIRE(project.DriftOf("command:go") == DriftType::outdated);
}

TEST_CASE("what cannot be pulled is refused and named") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  REQUIRE(project.Pull({"help"}, PullStrategy::kMerge).error().code == Code::kNotFound);
  fs::remove(project.root / "commands/go.md");
  REQUIRE(project.Pull({"go"}, PullStrategy::kMerge).error().code == Code::kNotFound);
  WriteFile(project.root / "skills/a/SKILL.md", " \n");
  const auto refused = project.Pull({"a"}, PullStrategy::kOverwrite);
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("blank") != std::string::npos);
}

TEST_CASE("a copy whose artifact has left the collection is forked, edited or not, and cannot be pulled otherwise") {
  ProjectBench project;
  Need(project.Deploy({"a"}));
  Need(curate::Remove(project.bench.context, {"a"}));
  REQUIRE(project.Pull({"a"}, PullStrategy::kMerge).error().code == Code::kNotFound);
  REQUIRE(project.Pull({"a"}, PullStrategy::kOverwrite).error().code == Code::kNotFound);
  REQUIRE(Need(project.Pull({"a"}, PullStrategy::kFork)).items.front().fork == "skill:a-fork");
}

TEST_CASE("a dry run of a pull writes nothing at all") {
  ProjectBench project;
  Need(project.Deploy({"a"}));
  Edit(project.root / "skills/a/SKILL.md", "1\n", "one\n");
  Edit(project.bench.Collection() / "skills/a/SKILL.md", "7\n", "seven\n");  // not captured
  const Seq head = project.bench.Head();
  const std::string before = project.bench.SkillText("a");
  project.bench.context.dry_run = true;
  for (const auto strategy : {PullStrategy::kMerge, PullStrategy::kOverwrite, PullStrategy::kFork}) {
    const auto report = Need(project.Pull({"a"}, strategy));
    REQUIRE(report.items[0].files.size() == 1);
  }
  REQUIRE(project.bench.Head() == head);
  REQUIRE(project.bench.SkillText("a") == before);
}

TEST_CASE("a hook with an entry that was rewritten beyond recognition is not pulled without it") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "hooks/two/settings.json", R"({"hooks": {"Stop": [
    {"hooks": [{"type": "command", "command": "say done"}]}, {"hooks": [{"type": "command", "command": "beep"}]}]}})");
  Need(project.Deploy({"two"}));
  Edit(project.settings, "beep", "play bell.wav");
  for (const auto strategy : {PullStrategy::kMerge, PullStrategy::kOverwrite, PullStrategy::kFork}) {
    REQUIRE(project.Pull({"two"}, strategy).error().code == Code::kConflict);
  }
  REQUIRE(project.InCollection("hooks/two/settings.json").find("beep") != std::string::npos);
  // That it comes in anew beside the other one is said.
  REQUIRE(Need(project.Deploy({"two"})).notes.size() == 1);
  REQUIRE(ReadFile(project.settings).find("bell.wav") != std::string::npos);
  REQUIRE(ReadFile(project.settings).find("beep") != std::string::npos);
  // An entry that was taken out, with nothing that could be it, is taken out by a pull.
  Need(project.Undeploy({"two"}));
  fs::remove(project.settings);
  Need(project.Deploy({"two"}));
  const std::string text = R"({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say DONE"}]}]}})";
  WriteFile(project.settings, text);
  Need(project.Pull({"two"}, PullStrategy::kOverwrite));
  REQUIRE(project.InCollection("hooks/two/settings.json").find("say DONE") != std::string::npos);
  REQUIRE(project.InCollection("hooks/two/settings.json").find("beep") == std::string::npos);
}

}  // namespace
}  // namespace skilltrail
