#include "engine/collection/capture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/collection/collection_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;
using testing::WriteFile;

TEST_CASE("what was kept is loaded again, before and after it is synced") {
  Fixture fixture;
  const Content content = DirectoryOf({{"SKILL.md", "s"}, {"run*", "#!"}, {"sub/empty", ""}});
  const Version version = fixture.Keep(content);
  for (int i = 0; i < 2; ++i) {
    const Tree tree = Require(LoadTree(version.tree_digest, fixture.blobs()));
    REQUIRE(tree.entries == version.tree.entries);
    const Content loaded = Require(LoadContent(tree, false, fixture.blobs()));
    REQUIRE(Describe(loaded).tree_digest == version.tree_digest);
    REQUIRE(loaded.files[1].executable);
    Require(fixture.blobs().Sync());
  }
}

TEST_CASE("content that no tree can hold is not kept") {
  Fixture fixture;
  for (const auto& content :
       {DirectoryOf({{"a", "1"}, {"a/b", "2"}}), DirectoryOf({{"../a", "1"}}), DirectoryOf({{".git/hooks/post-checkout*", "x"}}),
        DirectoryOf({{"a", "1"}, {"a", "2"}}), DirectoryOf({{"\xff", "1"}})}) {
    const auto kept = Keep(content, fixture.blobs());
    REQUIRE_FALSE(kept.ok());
    REQUIRE(kept.error().code == Code::kUsage);
    REQUIRE_FALSE(Require(fixture.blobs().Has(Sha256("1"))));
  }
}

TEST_CASE("a blob that is no tree, or is missing, is corruption") {
  Fixture fixture;
  const Digest digest = Require(fixture.blobs().Put("no tree"));
  REQUIRE(LoadTree(digest, fixture.blobs()).error().code == Code::kCorrupt);
  REQUIRE_THAT(LoadTree(digest, fixture.blobs()).error().message, Catch::Contains(digest.hex()));
  REQUIRE(LoadTree(Sha256("never kept"), fixture.blobs()).error().code == Code::kCorrupt);
  Tree tree;
  tree.entries.push_back({"a", false, 1, Sha256("never kept")});
  REQUIRE(LoadContent(tree, false, fixture.blobs()).error().code == Code::kCorrupt);
}

std::vector<std::string> Lines(const std::vector<FoundOnDisk>& all) {
  std::vector<std::string> lines;
  for (const auto& found : all)
    lines.push_back(found.id.text() + " " + found.path + (found.problem.empty() ? "" : " (" + found.problem + ")"));
  return lines;
}

TEST_CASE("a collection's artifacts are listed with what is none and why") {
  testing::TempDir dir;
  WriteFile(dir / "skills/pdf/SKILL.md", "s");
  WriteFile(dir / "skills/blank/SKILL.md", std::string(5'000, '\n'));
  WriteFile(dir / "skills/late/SKILL.md", std::string(5'000, '\n') + "x");
  WriteFile(dir / "skills/none/README.md", "r");
  WriteFile(dir / "skills/notes.txt", "n");
  WriteFile(dir / "skills/.hidden/SKILL.md", "h");
  fs::create_directories(dir / "skills/empty");
  WriteFile(dir / "commands/review.md", "c");
  WriteFile(dir / "commands/README.md", "c");
  WriteFile(dir / "commands/review/any.md", "c");
  WriteFile(dir / "commands/old/any.md", "c");
  WriteFile(dir / "commands/a..b.md", "c");
  WriteFile(dir / "agents/tester.md", "");
  WriteFile(dir / "hooks/h/hooks.json", "{}");
  WriteFile(dir / "mcp/git/.mcp.json", "{}");
  WriteFile(dir / "Skills/other/SKILL.md", "not a folder of a collection");
  WriteFile(dir / "elsewhere/SKILL.md", "s");
  fs::create_symlink("../elsewhere", dir / "skills/linked");
  const auto lines = Lines(Require(ListCollection(dir.path())));
  REQUIRE(lines == std::vector<std::string>{
                       "agent:tester agents/tester.md (it is no agent: its tester.md is blank)",
                       "command:a..b commands/a..b.md (artifact \"a..b\": it holds \"..\")",
                       "command:old commands/old",
                       "command:review commands/review.md",
                       "command:review commands/review (command:review stands at commands/review.md)",
                       "hook:h hooks/h",
                       "mcp-server:git mcp/git",
                       "skill:blank skills/blank (it is no skill: its SKILL.md is blank)",
                       "skill:late skills/late",
                       "skill:linked skills/linked",
                       "skill:none skills/none (it is no skill: it has no SKILL.md)",
                       "skill:notes.txt skills/notes.txt (it is no skill: it is a file)",
                       "skill:pdf skills/pdf",
                   });
}

TEST_CASE("an empty or new collection lists nothing, one that is gone or closed is an error") {
  testing::TempDir dir;
  REQUIRE(Require(ListCollection(dir.path())).empty());
  REQUIRE(ListCollection(dir / "gone").error().code == Code::kFailed);
  if (::geteuid() != 0) WARN("the closed directory is tried as root only");
  fs::create_directory(dir / "skills");
  ::chmod(dir.path().c_str(), 0755);
  ::chmod((dir / "skills").c_str(), 0);
  if (::geteuid() == 0) {
    REQUIRE(::seteuid(65534) == 0);
    const auto listed = ListCollection(dir.path());
    REQUIRE(::seteuid(0) == 0);
    REQUIRE_FALSE(listed.ok());
    REQUIRE(listed.error().code == Code::kFailed);
    REQUIRE_THAT(listed.error().message, Catch::Contains("skills"));
  }
}

TEST_CASE("an artifact counts as deleted only while its folder can be listed") {
  testing::TempDir dir;
  WriteFile(dir / "skills/pdf/SKILL.md", "s");
  REQUIRE(Require(ReadArtifact(dir.path(), "skills/pdf")).files.size() == 1);
  REQUIRE(ReadArtifact(dir.path(), "skills/gone").error().code == Code::kNotFound);
  const auto unknown = ReadArtifact(dir.path(), "commands/gone.md");
  REQUIRE(unknown.error().code == Code::kFailed);
  REQUIRE_THAT(unknown.error().message, Catch::Contains((dir / "commands").string()));
  REQUIRE(ReadArtifact(dir / "unmounted", "skills/pdf").error().code == Code::kFailed);
  fs::remove_all(dir / "skills");
  WriteFile(dir / "skills", "a file");
  REQUIRE(ReadArtifact(dir.path(), "skills/pdf").error().code == Code::kFailed);
}

}  // namespace
}  // namespace skilltrail::collection
