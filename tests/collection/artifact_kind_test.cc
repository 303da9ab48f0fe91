#include "engine/collection/artifact_kind.h"

#include "tests/collection/collection_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

std::string Metadata(ArtifactType type, std::vector<std::string> paths) {
  return MetadataFile(type, paths);
}

TEST_CASE("an artifact's path in a collection follows from its id") {
  REQUIRE(CollectionPath({ArtifactType::kSkill, "pdf"}) == "skills/pdf");
  REQUIRE(CollectionPath({ArtifactType::kCommand, "review"}) == "commands/review.md");
  REQUIRE(CollectionPath({ArtifactType::kAgent, "v1.2"}) == "agents/v1.2.md");
  REQUIRE(CollectionPath({ArtifactType::kHook, "h"}) == "hooks/h");
  REQUIRE(CollectionPath({ArtifactType::kMcpServer, "git"}) == "mcp/git");
}

TEST_CASE("container folders go by several names in any case") {
  for (const ArtifactType type : AllTypes()) REQUIRE(ContainerType(ContainerName(type)) == type);
  REQUIRE(ContainerType("Claude-Skills") == ArtifactType::kSkill);
  REQUIRE(ContainerType("subagents") == ArtifactType::kAgent);
  REQUIRE(ContainerType("MCP_Servers") == ArtifactType::kMcpServer);
  REQUIRE(ContainerType("plugins") == ArtifactType::kComposite);
  for (const char* other : {"", "skillset", "src", ".claude"}) REQUIRE_FALSE(ContainerType(other).has_value());
}

TEST_CASE("the metadata file is the one the type prescribes") {
  REQUIRE(Metadata(ArtifactType::kSkill, {"README.md", "SKILL.md", "skill.md"}) == "SKILL.md");
  REQUIRE(Metadata(ArtifactType::kSkill, {"README.md", "skill.md"}) == "skill.md");
  REQUIRE(Metadata(ArtifactType::kSkill, {"a/SKILL.md"}).empty());
  REQUIRE(Metadata(ArtifactType::kCommand, {"review.md"}) == "review.md");
  REQUIRE(Metadata(ArtifactType::kCommand, {"a.md", "command.md"}) == "command.md");
  REQUIRE(Metadata(ArtifactType::kCommand, {"sub/a.md", "z.md", "y.md", "x.txt"}) == "y.md");
  REQUIRE(Metadata(ArtifactType::kAgent, {"AGENT.md", "agent.md"}) == "AGENT.md");
  REQUIRE(Metadata(ArtifactType::kHook, {"settings.json", "README.md"}).empty());
}

TEST_CASE("content is acceptable only as what INTEROP says") {
  using enum ArtifactType;
  const std::vector<std::pair<ArtifactType, Content>> good = {
      {kSkill, DirectoryOf({{"SKILL.md", "s"}})},
      {kSkill, DirectoryOf({{"skill.md", "s"}})},
      {kSkill, DirectoryOf({{"SKILL.md", " \n"}, {"skill.md", "s"}})},
      {kCommand, FileOf("a.md", "x")},
      {kCommand, DirectoryOf({{"any.md", "x"}})},
      {kAgent, FileOf("a.md", "\xef\xbb\xbfx")},
      {kHook, DirectoryOf({{"settings.json", ""}})},
      {kHook, DirectoryOf({{"hooks.json", "{}"}})},
      {kMcpServer, DirectoryOf({{".mcp.json", "{}"}})},
      {kMcpServer, DirectoryOf({{"mcp.json", "{}"}})},
      {kWorkflow, DirectoryOf({{"workflow.json", "{}"}})},
      {kWorkflow, DirectoryOf({{"WORKFLOW.yml", "a: 1"}})},
      {kComposite, DirectoryOf({{"PLUGIN.md", "p"}})},
  };
  for (const auto& [type, content] : good) {
    INFO(TypeName(type) << " " << content.files.front().path);
    REQUIRE(CheckContent(type, content).ok());
  }
  const std::vector<std::tuple<ArtifactType, Content, std::string>> bad = {
      {kSkill, DirectoryOf({}), "has no SKILL.md"},
      {kSkill, DirectoryOf({{"sub/SKILL.md", "s"}}), "has no SKILL.md"},
      {kSkill, DirectoryOf({{"SKILL.md", "\xef\xbb\xbf \t\r\n"}}), "SKILL.md is blank"},
      {kSkill, FileOf("SKILL.md", "s"), "is a file"},
      {kCommand, FileOf("a.md", ""), "a.md is blank"},
      {kCommand, FileOf("a.txt", "x"), "does not end in .md"},
      {kAgent, DirectoryOf({{"x.txt", "x"}}), "no .md file"},
      {kHook, DirectoryOf({{"SKILL.md", "s"}}), "has no settings.json"},
      {kMcpServer, FileOf("mcp.json", "{}"), "is a file"},
  };
  for (const auto& [type, content, why] : bad) {
    const Status checked = CheckContent(type, content);
    REQUIRE_FALSE(checked.ok());
    REQUIRE(checked.error().code == Code::kUsage);
    REQUIRE_THAT(checked.error().message, Catch::Contains(why));
    REQUIRE_FALSE(checked.error().hint.empty());
  }
}

TEST_CASE("the type follows from the content, and from the folder where that leaves it open") {
  using enum ArtifactType;
  REQUIRE(InferType(DirectoryOf({{"SKILL.md", "s"}}), "") == kSkill);
  REQUIRE(InferType(DirectoryOf({{"SKILL.md", "s"}}), "commands") == kSkill);
  REQUIRE(InferType(DirectoryOf({{"SKILL.md", "s"}, {".mcp.json", "{}"}}), "") == kSkill);
  REQUIRE(InferType(DirectoryOf({{"SKILL.md", "s"}, {".mcp.json", "{}"}}), "servers") == kMcpServer);
  REQUIRE(InferType(DirectoryOf({{"hooks.json", "{}"}}), "x") == kHook);
  REQUIRE(InferType(DirectoryOf({{"WORKFLOW.yaml", "w"}}), "x") == kWorkflow);
  REQUIRE(InferType(DirectoryOf({{"COMPOSITE.md", "c"}}), "x") == kComposite);
  REQUIRE(InferType(DirectoryOf({{"any.md", "x"}}), "commands") == kCommand);
  REQUIRE(InferType(FileOf("a.md", "x"), "agents") == kAgent);
  REQUIRE(InferType(FileOf("a.md", "x"), "Commands") == kCommand);
  REQUIRE(InferType(FileOf("a.md", "x"), "commands/git") == kCommand);
  REQUIRE(InferType(FileOf("a.md", "x"), "agents/x/commands/git") == kCommand);
  REQUIRE_FALSE(InferType(FileOf("a.md", "x"), "skills").has_value());
  REQUIRE_FALSE(InferType(FileOf("a.md", "x"), "").has_value());
  REQUIRE_FALSE(InferType(FileOf("a.md", ""), "agents").has_value());
  REQUIRE_FALSE(InferType(DirectoryOf({{"README.md", "r"}}), "skills").has_value());
}

}  // namespace
}  // namespace skilltrail::collection
