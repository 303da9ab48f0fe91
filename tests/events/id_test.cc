#include <set>
#include <string>

#include "events/id.h"

#include <catch2/catch.hpp>

namespace skilltrail {

TEST_CASE("each artifact type has its words, its folder and its form") {
  struct Expected {
    const char* name;
    const char* file_name;
    const char* container;
    bool single_file;
  };
  const Expected expected[] = {{"skill", "skill", "skills", false},
                               {"command", "command", "commands", true},
                               {"agent", "agent", "agents", true},
                               {"hook", "hook", "hooks", false},
                               {"mcp-server", "mcp", "mcp", false},
                               {"workflow", "workflow", "workflows", false},
                               {"composite", "composite", "composites", false}};
  REQUIRE(AllTypes().size() == std::size(expected));
  for (size_t i = 0; i < std::size(expected); ++i) {
    const auto type = AllTypes()[i];
    REQUIRE(TypeName(type) == std::string(expected[i].name));
    REQUIRE(FileTypeName(type) == std::string(expected[i].file_name));
    REQUIRE(ContainerName(type) == std::string(expected[i].container));
    REQUIRE(IsSingleFile(type) == expected[i].single_file);
    REQUIRE(ParseType(expected[i].name) == type);
    REQUIRE(ParseType(expected[i].file_name) == type);
  }
  REQUIRE_FALSE(ParseType("skills"));
  REQUIRE_FALSE(ParseType("Skill"));
  REQUIRE_FALSE(ParseType(""));
}

TEST_CASE("an artifact id is parted at its first colon") {
  const auto id = ParseArtifactId("mcp:data:base");
  REQUIRE(id.ok());
  REQUIRE(id->type == ArtifactType::kMcpServer);
  REQUIRE(id->name == "data:base");
  REQUIRE(id->text() == "mcp-server:data:base");
}

TEST_CASE("an artifact id without a type, with an unknown one or with a bad name is refused with the way out") {
  for (const char* text : {"pdf", "", ":", "skill:", "skill:../x", "skill:.hidden", "skill:a/b", "plugin:x", "SKILL:x"}) {
    CAPTURE(text);
    const auto id = ParseArtifactId(text);
    REQUIRE_FALSE(id.ok());
    REQUIRE(id.error().code == Code::kUsage);
    REQUIRE_FALSE(id.error().hint.empty());
  }
  REQUIRE(ParseArtifactId("skil:pdf").error().hint.find("did you mean skill?") != std::string::npos);
}

TEST_CASE("a run id is a UUIDv7 that sorts by its time and comes back from its text") {
  const Micros now = 1'769'074'200'123'456;
  const auto id = NewRunId(now);
  const auto text = id.text();
  REQUIRE(text.size() == 36);
  REQUIRE(text.substr(0, 13) == "019be50a-0e3b");  // 1,769,074,200,123 ms
  REQUIRE(text[14] == '7');
  REQUIRE(std::string("89ab").find(text[19]) != std::string::npos);
  REQUIRE(ParseRunId(text) == id);
  REQUIRE(NewRunId(now) != id);
  REQUIRE(id < NewRunId(now + 1'000));
  REQUIRE(NewRunId(-5).text().substr(0, 13) == "00000000-0000");
}

TEST_CASE("a text that is not a UUID is no run id") {
  const std::string good = "019be50a-0e3b-7abc-8def-0123456789ab";
  REQUIRE(ParseRunId(good));
  REQUIRE_FALSE(ParseRunId(""));
  REQUIRE_FALSE(ParseRunId(good.substr(1)));
  REQUIRE_FALSE(ParseRunId(good + "0"));
  for (size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == '-' ? '0' : i % 2 == 0 ? '-' : 'g';
    CAPTURE(bad);
    REQUIRE_FALSE(ParseRunId(bad));
  }
}

}  // namespace skilltrail
