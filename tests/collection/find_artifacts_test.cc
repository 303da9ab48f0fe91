#include <algorithm>
#include <random>
#include <set>

#include "engine/collection/artifact_kind.h"
#include "events/name.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

using Lines = std::vector<std::string>;

Lines Find(const Lines& paths, std::string_view root = "") {
  Lines lines;
  for (const auto& found : FindArtifacts(paths, root)) lines.push_back(found.id.text() + " " + found.path);
  return lines;
}

// The layout of github.com/obra/superpowers before March 2026, in short.
const Lines kPlugin = {".claude-plugin/plugin.json",
                       ".github/FUNDING.yml",
                       "README.md",
                       "agents/code-reviewer.md",
                       "commands/brainstorm.md",
                       "commands/execute-plan.md",
                       "docs/windows/polyglot-hooks.md",
                       "hooks/hooks.json",
                       "hooks/run-hook.cmd",
                       "skills/brainstorming/SKILL.md",
                       "skills/brainstorming/scripts/helper.js",
                       "skills/requesting-code-review/SKILL.md",
                       "skills/requesting-code-review/code-reviewer.md",
                       "skills/writing-skills/SKILL.md",
                       "skills/writing-skills/examples/CLAUDE_MD_TESTING.md",
                       "tests/skill-triggering/prompts/dispatching-parallel-agents.txt"};

TEST_CASE("a plugin's skills, commands and agents are found, and nothing else") {
  REQUIRE(Find(kPlugin) == Lines{"agent:code-reviewer agents/code-reviewer.md", "command:brainstorm commands/brainstorm.md",
                                 "command:execute-plan commands/execute-plan.md", "skill:brainstorming skills/brainstorming",
                                 "skill:requesting-code-review skills/requesting-code-review",
                                 "skill:writing-skills skills/writing-skills"});
}

TEST_CASE("every kind is found in its container, by any of its names and at any depth") {
  REQUIRE(Find({"a/b/Claude-Skills/x/skill.md", "subagents/y.md", "hook/h/settings.json", "hooks/i/hooks.json", "servers/m/.mcp.json",
                "mcp/n/mcp.json", "workflows/w/WORKFLOW.yml", "composites/c/COMPOSITE.md", "plugins/p/PLUGIN.md"}) ==
          Lines{"agent:y subagents/y.md", "composite:c composites/c", "composite:p plugins/p", "hook:h hook/h", "hook:i hooks/i",
                "mcp-server:m servers/m", "mcp-server:n mcp/n", "skill:x a/b/Claude-Skills/x", "workflow:w workflows/w"});
}

TEST_CASE("folders between container and artifact only group") {
  REQUIRE(Find({"commands/git/commit.md", "skills/office/pdf/SKILL.md", "agents/qa/deep/tester.md"}) ==
          Lines{"agent:tester agents/qa/deep/tester.md", "command:commit commands/git/commit.md", "skill:pdf skills/office/pdf"});
}

TEST_CASE("the innermost container decides") {
  REQUIRE(Find({"plugins/p/skills/s/SKILL.md", "plugins/p/commands/c.md", "plugins/p/.mcp.json", "skills/mcp/SKILL.md"}) ==
          Lines{"command:c plugins/p/commands/c.md", "skill:mcp skills/mcp", "skill:s plugins/p/skills/s"});
}

TEST_CASE("nothing is found inside an artifact") {
  REQUIRE(Find({"skills/a/skill.md", "skills/a/agents/x.md", "skills/a/b/SKILL.md", "skills/a/skills/c/SKILL.md", "skills/a-b/SKILL.md",
                "plugins/p/PLUGIN.md", "plugins/p/skills/d/SKILL.md"}) ==
          Lines{"composite:p plugins/p", "skill:a skills/a", "skill:a-b skills/a-b"});
}

TEST_CASE("what is hidden, outside a container, the container itself, or documentation is passed over") {
  REQUIRE(Find({".claude/skills/x/SKILL.md", "skills/.hidden/x/SKILL.md", "commands/.draft.md", "SKILL.md", "pdf/SKILL.md",
                "skills/SKILL.md", "mcp/.mcp.json", "commands/README.md", "agents/Readme.md", "agents/AGENTS.md", "agents/pdf/SKILL.md",
                "commands/notes.txt", "commands/.md", "skills/x/README.md", "agents", "docs/skills.md"})
              .empty());
  REQUIRE(Find({"agents/security.md", "agents/changelog.md"}) ==
          Lines{"agent:changelog agents/changelog.md", "agent:security agents/security.md"});
}

TEST_CASE("an agent that has a folder of its own is called after it") {
  REQUIRE(Find({"agents/tester/AGENT.md", "commands/review/command.md", "agents/agent.md"}) ==
          Lines{"agent:agent agents/agent.md", "agent:tester agents/tester/AGENT.md", "command:review commands/review/command.md"});
}

TEST_CASE("a root limits what is found and counts as part of the path") {
  const Lines paths = {"skills/a/SKILL.md",          "skills/a/scripts/x", "skills/b/SKILL.md",
                       "skills-2/skills/c/SKILL.md", "commands/d.md",      ".claude/skills/e/SKILL.md"};
  REQUIRE(Find(paths, "skills") == Lines{"skill:a skills/a", "skill:b skills/b"});
  REQUIRE(Find(paths, "skills/") == Find(paths, "skills"));
  REQUIRE(Find(paths, "skills/a") == Lines{"skill:a skills/a"});
  REQUIRE(Find(paths, "skills/a/scripts").empty());
  REQUIRE(Find(paths, "commands/d.md") == Lines{"command:d commands/d.md"});
  REQUIRE(Find(paths, ".claude") == Lines{"skill:e .claude/skills/e"});
  REQUIRE(Find(paths, ".claude/skills") == Lines{"skill:e .claude/skills/e"});
  REQUIRE(Find(paths, "nowhere").empty());
}

TEST_CASE("all that share type and name take their container's parent into the name") {
  REQUIRE(Find({"plugins/a/skills/pdf/SKILL.md", "plugins/b/skills/pdf/SKILL.md", "plugins/b/commands/pdf.md"}) ==
          Lines{"command:pdf plugins/b/commands/pdf.md", "skill:a-pdf plugins/a/skills/pdf", "skill:b-pdf plugins/b/skills/pdf"});
}

TEST_CASE("where the parent does not tell them apart, all folders do, and numbers at last") {
  REQUIRE(Find({"commands/git/commit.md", "commands/svn/commit.md"}) ==
          Lines{"command:git-commit commands/git/commit.md", "command:svn-commit commands/svn/commit.md"});
  REQUIRE(Find({"x/p/skills/s/SKILL.md", "y/p/skills/s/SKILL.md"}) == Lines{"skill:x-p-s x/p/skills/s", "skill:y-p-s y/p/skills/s"});
  REQUIRE(Find({"skills/s/SKILL.md", "p/skills/s/SKILL.md"}) == Lines{"skill:p-s p/skills/s", "skill:s skills/s"});
  REQUIRE(Find({"a/skills/s/SKILL.md", "a/skill/s/SKILL.md", "a/claude-skills/s/SKILL.md"}) ==
          Lines{"skill:a-s a/claude-skills/s", "skill:a-s-2 a/skill/s", "skill:a-s-3 a/skills/s"});
  // A name that something has by itself stays with it.
  REQUIRE(Find({"a/skills/s/SKILL.md", "b/skills/s/SKILL.md", "skills/b-s/SKILL.md"}) ==
          Lines{"skill:a-s a/skills/s", "skill:b-s skills/b-s", "skill:b-s-2 b/skills/s"});
}

TEST_CASE("a name that no file may have is left out") {
  REQUIRE(Find({"skills/a..b/SKILL.md", "skills/a\nb/SKILL.md", "commands/x\\y.md", "skills/ok/SKILL.md", "../skills/x/SKILL.md",
                "skills//SKILL.md"}) == Lines{"skill:ok skills/ok"});
}

TEST_CASE("whatever the paths are, ids are unique and good, and their order does not matter") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const Lines parts = {"skills", "skill", "commands", "agents", "a", "b", "a-b", "SKILL.md", "x.md", "agent.md", "plugins", "PLUGIN.md"};
  for (int round = 0; round < 300; ++round) {
    Lines paths;
    for (size_t i = 0; i < 40; ++i) {
      std::string path;
      for (size_t depth = 1 + random() % 5; depth > 0; --depth) path += parts[random() % parts.size()] + (depth > 1 ? "/" : "");
      paths.push_back(path);
    }
    const Lines found = Find(paths);
    std::set<std::string> ids;
    for (const auto& one : FindArtifacts(paths, "")) {
      REQUIRE(ids.insert(one.id.text()).second);
      REQUIRE(CheckName(one.id.name, "artifact").ok());
    }
    std::shuffle(paths.begin(), paths.end(), random);
    REQUIRE(Find(paths) == found);
  }
}

}  // namespace
}  // namespace skilltrail::collection
