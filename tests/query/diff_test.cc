#include "engine/query/diff.h"

#include "engine/deploy/deploy.h"
#include "engine/snapshot/snapshot.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using query::DiffRequest;
using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
using Kind = collection::FileChange::Kind;
using Words = std::vector<std::string>;

DiffRequest Between(Seq from, Seq to) {
  DiffRequest request;
  request.from = std::to_string(from);
  request.to = std::to_string(to);
  request.content = true;
  return request;
}

TEST_CASE("fields, tags and files that differ between two points are named, backwards too") {
  Workbench bench;
  bench.WriteSkill("a", "one", "description: old\ntags: [x, y]");
  bench.Capture();
  const Seq then = bench.Head();
  bench.WriteSkill("a", "two", "description: new\nlicense: MIT\ntags: [y, z]");
  WriteFile(bench.Collection() / "skills/a/notes.md", "n\n");
  bench.WriteSkill("b", "new");
  bench.Capture();
  const auto report = Need(query::Diff(bench.context, Between(then, bench.Head())));
  REQUIRE(report.artifacts.size() == 2);
  const auto& a = report.artifacts[0];
  REQUIRE(a.change == "changed");
  REQUIRE(a.fields.size() == 3);
  REQUIRE(a.fields[0].field == "description");
  REQUIRE(a.fields[0].before.text == "old");
  REQUIRE(a.fields[1].field == "license");
  REQUIRE_FALSE(a.fields[1].before.present);
  REQUIRE(a.fields[2].after.list == Words{"y", "z"});
  REQUIRE(a.files.size() == 2);
  REQUIRE(a.files[0].kind == Kind::kModified);
  REQUIRE(a.files[0].unified.find("\n-one\n+two\n") != std::string::npos);
  REQUIRE(a.files[1].unified == "--- /dev/null\n+++ b/skills/a/notes.md\n@@ -0,0 +1 @@\n+n\n");
  REQUIRE(report.artifacts[1].change == "added");
  const auto back = Need(query::Diff(bench.context, Between(bench.Head(), then)));
  REQUIRE(back.artifacts[0].fields[2].after.list == Words{"x", "y"});
  REQUIRE(back.artifacts[1].change == "removed");
  REQUIRE(Need(query::Diff(bench.context, Between(then, then))).artifacts.empty());
}

TEST_CASE("without a point the edits on disk that nobody has captured are shown, with their text, and nothing is written") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq head = bench.Head();
  bench.WriteSkill("a", "two");
  WriteFile(bench.Collection() / "commands/go.md", "go\n");
  DiffRequest request;
  request.content = request.count = true;
  const auto report = Need(query::Diff(bench.context, request));
  REQUIRE_FALSE(report.to.has_value());
  REQUIRE(report.artifacts.size() == 2);
  REQUIRE(report.artifacts[0].artifact == "command:go");
  REQUIRE(report.artifacts[0].files[0].unified == "--- /dev/null\n+++ b/commands/go.md\n@@ -0,0 +1 @@\n+go\n");
  REQUIRE(report.artifacts[1].files[0].lines_added == 1);
  REQUIRE(report.artifacts[1].files[0].lines_removed == 1);
  REQUIRE(bench.Head() == head);
  bench.Capture();
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts.empty());
}

TEST_CASE("a snapshot implies its collection on the other side; before a collection was made it was empty") {
  Workbench bench;
  Need(curate::CreateCollection(bench.context, "other", {}));
  WriteFile(bench.context.store / "collections/other/skills/x/SKILL.md", "x\n");
  bench.context.collection = "other";
  Need(snapshot::Create(bench.context, {"then", false}));
  WriteFile(bench.context.store / "collections/other/skills/x/SKILL.md", "y\n");
  bench.Capture();
  bench.context.collection.clear();
  DiffRequest request;
  request.from = "snap:then";
  const auto report = Need(query::Diff(bench.context, request));
  REQUIRE(report.collection == "other");
  REQUIRE(report.artifacts.size() == 1);
  bench.context.collection = "other";
  request.from = "1";
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts[0].change == "added");
}

TEST_CASE("an artifact that is at neither point is not found; one that has gone since is") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq then = bench.Head();
  Need(curate::Remove(bench.context, {"a"}));
  auto request = Between(then, bench.Head());
  request.artifacts = {"skill:a"};
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts[0].change == "removed");
  request.artifacts = {"skill:nobody"};
  REQUIRE(query::Diff(bench.context, request).error().code == Code::kNotFound);
}

TEST_CASE("of a project both copies are compared with what was agreed") {
  Workbench bench;
  const auto dir = bench.Path("project");
  std::filesystem::create_directories(dir);
  bench.WriteSkill("a", "one");
  bench.WriteSkill("same", "one");
  bench.Capture();
  Need(deploy::Deploy(bench.context, {{"a", "same"}, dir, "", false}));
  bench.WriteSkill("a", "ours");
  WriteFile(dir / ".claude/skills/a/SKILL.md", "theirs\n");
  DiffRequest request;
  request.project = dir;
  request.content = true;
  const auto report = Need(query::Diff(bench.context, request));
  REQUIRE(report.artifacts.size() == 2);
  REQUIRE(report.artifacts[0].side == "collection");
  REQUIRE(report.artifacts[0].files[0].unified.find("\n-one\n+ours\n") != std::string::npos);
  REQUIRE(report.artifacts[1].side == "project");
  REQUIRE(report.artifacts[1].files[0].unified.find("+theirs\n") != std::string::npos);
  request.from = "1";
  REQUIRE(query::Diff(bench.context, request).error().code == Code::kUsage);
  request.from.clear();
  request.artifacts = {"nobody"};
  REQUIRE(query::Diff(bench.context, request).error().code == Code::kNotFound);
}

TEST_CASE("a set of tags that changes under the same tags is a difference") {
  projections::ArtifactState before, after;
  before.user_tags = {"x"};
  after.imported_tags = {"x"};
  const auto fields = query::CompareFields(&before, &after);
  REQUIRE(fields.size() == 2);
  REQUIRE(fields[0].field == "imported_tags");
  REQUIRE(fields[1].field == "user_tags");
  after.updated_at = 5;
  after.tags_imported_at = 5;
  after.imported_tags.clear();
  after.user_tags = {"x"};
  REQUIRE(query::CompareFields(&before, &after).empty());
}

TEST_CASE("of a hook and a server in a project the entries are compared, under the name of the file that they stand in") {
  Workbench bench;
  const auto dir = bench.Path("project");
  std::filesystem::create_directories(dir);
  WriteFile(bench.Collection() / "hooks/fmt/settings.json",
            R"({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "fmt.sh -x"}]}]}})");
  WriteFile(bench.Collection() / "hooks/fmt/fmt.sh", "x\n");
  WriteFile(bench.Collection() / "mcp/db/.mcp.json", R"({"mcpServers": {"db": {"command": "db", "args": ["-x"]}}})");
  bench.Capture();
  Need(deploy::Deploy(bench.context, {{"fmt", "db"}, dir, "", false}));
  DiffRequest request;
  request.project = dir;
  request.content = true;
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts.empty());
  std::string text = ReadFile(dir / ".mcp.json");
  WriteFile(dir / ".mcp.json", text.replace(text.find("-x"), 2, "-y"));
  const auto report = Need(query::Diff(bench.context, request));
  REQUIRE(report.artifacts.size() == 1);
  REQUIRE(report.artifacts[0].artifact == "mcp-server:db");
  REQUIRE(report.artifacts[0].change == "changed");
  REQUIRE(report.artifacts[0].files.size() == 1);
  REQUIRE(report.artifacts[0].files[0].unified.starts_with("--- a/.mcp.json\n+++ b/.mcp.json\n"));
  request.artifacts = {"mcp:db"};
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts.size() == 1);
  std::filesystem::remove(dir / ".mcp.json");
  REQUIRE(Need(query::Diff(bench.context, request)).artifacts[0].change == "removed");
  WriteFile(dir / ".mcp.json", "{");
  REQUIRE(query::Diff(bench.context, request).error().message.find(".mcp.json") != std::string::npos);
}

}  // namespace
}  // namespace skilltrail
