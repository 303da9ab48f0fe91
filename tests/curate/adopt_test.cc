#include "engine/query/verify.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
using Words = std::vector<std::string>;

constexpr const char* kManifest = R"([collection]
name = "peer"
version = "1.0.0"
created = "2026-03-01T08:00:00.000001"
updated = "2026-03-02T09:30:00.500000"
house_rule = "keep me"

[[artifacts]]
name = "chart-maker"
type = "skill"
path = "skills/chart-maker"
origin = "github"
added = "2026-03-01T08:05:00.000002"
upstream = "https://github.com/acme/skills/tree/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/skills/chart-maker"
version_spec = "latest"
resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
tags = [
    "plots",
]

[artifacts.metadata]
title = "Chart maker"

[artifacts.metadata.extra]
tags_imported_at = "2026-03-01T09:00:00.000000"
)";

TEST_CASE("a SkillMeat collection is adopted in place: source, times and tags become events, unknown keys stay") {
  Workbench bench;
  const auto dir = bench.Path("peer");
  WriteFile(dir / "collection.toml", kManifest);
  WriteFile(dir / "skills/chart-maker/SKILL.md", "---\ndescription: Draws.\n---\nbody\n");
  WriteFile(dir / "skills/fresh/SKILL.md", "text\n");
  const auto report = Need(curate::Adopt(bench.context, {dir, ""}));
  REQUIRE(report.collections.size() == 1);
  REQUIRE(report.collections[0].name == "peer");
  REQUIRE(report.collections[0].artifact_count == 2);
  auto reading = Need(Reading::Open(bench.context));
  const auto state = Need(reading->CollectionState("peer", Need(reading->Resolve(""))));
  const auto* chart = state.Find("skill:chart-maker");
  REQUIRE(chart != nullptr);
  REQUIRE(chart->source == "acme/skills/skills/chart-maker");
  REQUIRE(chart->user_tags == Words{"plots"});
  REQUIRE(chart->adopted_tags == Words{"plots"});
  REQUIRE(FormatTime(chart->tags_imported_at) == "2026-03-01T09:00:00.000000Z");
  REQUIRE(FormatTime(chart->added_at) == "2026-03-01T08:05:00.000002Z");
  REQUIRE(projections::MetadataOf(*chart, "title") == "Chart maker");
  const auto history = Need(reading->states().TagHistoryAt("peer", "skill:chart-maker", reading->log().head()));
  REQUIRE(history.size() == 1);
  REQUIRE(history[0].cause == "adopt");
  const std::string written = ReadFile(dir / "collection.toml");
  REQUIRE(written.find("house_rule = \"keep me\"") != std::string::npos);
  REQUIRE(written.find("name = \"fresh\"") != std::string::npos);
}

TEST_CASE("adopting refuses what is taken, what is not there and what is no collection") {
  Workbench bench;
  WriteFile(bench.Path("lib") / "skills/a/SKILL.md", "text\n");
  std::filesystem::create_directories(bench.Path("empty"));
  REQUIRE(curate::Adopt(bench.context, {bench.Path("nowhere"), ""}).error().code == Code::kNotFound);
  REQUIRE(curate::Adopt(bench.context, {bench.Path("empty"), ""}).error().code == Code::kUsage);
  Need(curate::Adopt(bench.context, {bench.Path("lib"), "lib"}));
  REQUIRE(curate::Adopt(bench.context, {bench.Path("empty"), "lib"}).error().code == Code::kUsage);
  WriteFile(bench.Path("other") / "skills/a/SKILL.md", "text\n");
  REQUIRE(curate::Adopt(bench.context, {bench.Path("other"), "lib"}).error().code == Code::kConflict);
  REQUIRE(curate::Adopt(bench.context, {bench.Path("lib"), "again"}).error().code == Code::kConflict);
}

TEST_CASE("a SkillMeat home gives every collection in it") {
  Workbench bench;
  for (const char* name : {"one", "two"}) {
    const auto dir = bench.Path("home") / "collections" / name;
    WriteFile(dir / "collection.toml",
              std::string("[collection]\nname = \"") + name +
                  "\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n");
    WriteFile(dir / "skills" / name / "SKILL.md", "text\n");
  }
  const auto report = Need(curate::Adopt(bench.context, {bench.Path("home"), ""}));
  REQUIRE(report.collections.size() == 2);
  REQUIRE(report.collections[0].name == "one");
}

TEST_CASE("a SkillMeat home gives every collection that can be taken, and names the one that cannot") {
  Workbench bench;
  const auto home = bench.Path("home");
  WriteFile(home / "collections/good/skills/x/SKILL.md", "x\n");
  WriteFile(home / "collections/bad/skills/x/SKILL.md", "x\n");
  WriteFile(home / "collections/bad/collection.toml", "[collection\n");
  const auto report = Need(curate::Adopt(bench.context, {home, ""}));
  REQUIRE(report.collections.size() == 1);
  REQUIRE(report.collections[0].name == "good");
  REQUIRE(report.failed == 1);
  REQUIRE(report.notes.front().find("bad") != std::string::npos);
}

TEST_CASE("what another installer wrote about a skill becomes its source on adopt") {
  Workbench bench;
  const auto dir = bench.Path("installed");
  WriteFile(dir / "skills/pdf/SKILL.md",
            "---\ndescription: d\nmetadata:\n  github-repo: https://github.com/acme/kit\n  github-path: skills/pdf\n"
            "  github-ref: refs/heads/main\n---\nbody\n");
  WriteFile(dir / "skills/xls/SKILL.md", "body\n");
  WriteFile(dir / "skills-lock.json",
            R"({"version": 1, "skills": {"xls": {"source": "acme/kit", "sourceType": "github", "skillPath": "skills/xls/SKILL.md"}}})");
  Need(curate::Adopt(bench.context, {dir, "kit"}));
  auto reading = Need(Reading::Open(bench.context));
  const auto state = Need(reading->CollectionState("kit", Need(reading->Resolve(""))));
  REQUIRE(state.Find("skill:pdf")->source == "acme/kit/skills/pdf@main");
  REQUIRE(state.Find("skill:pdf")->origin == "github");
  REQUIRE(state.Find("skill:xls")->source == "acme/kit/skills/xls");
  REQUIRE(state.Find("skill:xls")->version_spec == "latest");
}

// As the peer writes it; `fields` go behind.
std::string Manifest(const std::string& name, const std::string& type, const std::string& path, const std::string& fields) {
  return "[collection]\nname = \"default\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n\n"
         "[[artifacts]]\nname = \"" +
         name + "\"\ntype = \"" + type + "\"\npath = \"" + path + "\"\n" + fields + "added = \"2026-03-01T08:05:00\"\n";
}

TEST_CASE("the collection that init made gives way to SkillMeat's of that name, as long as nobody used it") {
  for (const bool used : {false, true}) {
    Workbench bench;
    const auto dir = bench.Path("home") / "collections/default";
    WriteFile(dir / "skills/one/SKILL.md", "text\n");
    WriteFile(dir / "collection.toml", Manifest("one", "skill", "skills/one", "origin = \"local\"\n"));
    if (used) bench.WriteSkill("mine", "not captured yet");
    const auto adopted = curate::Adopt(bench.context, {bench.Path("home"), ""});
    if (used) {
      REQUIRE(adopted.error().code == Code::kConflict);
      continue;
    }
    REQUIRE(Need(adopted).collections.front().is_default);
    REQUIRE(bench.State().path() == dir);
    REQUIRE(bench.State().size() == 1);
  }
}

TEST_CASE("what the peer's manifest says in words of its own stays, where nothing else is to be said") {
  const std::string skill = "---\nname: mk\nmetadata:\n  github-repo: https://github.com/acme/skills\n---\nhello\n";
  for (const std::string fields : {"origin = \"marketplace\"\norigin_source = \"github\"\n",  //
                                   "origin = \"marketplace\"\nupstream = \"https://gitlab.com/a/b\"\n",
                                   "origin = \"github\"\nupstream = \"https://github.com/O/R/tree/main/x/b\"\nversion_spec = \"latest\"\n",
                                   "origin = \"github\"\nupstream = \"git@github.com:o/r.git\"\nversion_spec = \"latest\"\n",
                                   "origin = \"local\"\ntags = [\n    \"zeta\",\n    \"alpha\",\n]\n"}) {
    INFO(fields);
    Workbench bench;
    const auto dir = bench.Path("home") / "collections/default";
    WriteFile(dir / "skills/mk/SKILL.md", fields.find("local") == std::string::npos ? skill : "hello\n");
    WriteFile(dir / "collection.toml", Manifest("mk", "skill", "skills/mk", fields));
    Need(curate::Adopt(bench.context, {bench.Path("home"), ""}));
    const std::string written = testing::ReadFile(dir / "collection.toml");
    for (size_t at = 0; at < fields.size(); at = fields.find('\n', at) + 1) {
      const std::string line = fields.substr(at, fields.find('\n', at) - at);
      INFO(line << " in\n" << written);
      REQUIRE(written.find(line) != std::string::npos);
    }
    REQUIRE((written.find("zeta") == std::string::npos || written.find("zeta") < written.find("alpha")));
  }
}

TEST_CASE("an entry of the peer's whose files are not there stays in its manifest, one that was removed here goes") {
  Workbench bench;
  const auto dir = bench.Path("lib");
  WriteFile(dir / "skills/mk/SKILL.md", "hello\n");
  WriteFile(dir / "skills/two/SKILL.md", "two\n");
  const std::string gone =
      "\n[[artifacts]]\nname = \"gone\"\ntype = \"skill\"\npath = \"skills/gone\"\norigin = \"local\"\nadded = \"2026-03-01T08:05:00\"\n";
  WriteFile(dir / "collection.toml", Manifest("mk", "skill", "skills/mk", "origin = \"local\"\n") + gone);
  Need(curate::Adopt(bench.context, {dir, "lib"}));
  bench.context.collection = "lib";
  Need(curate::EditTags(bench.context, {"mk", {"a"}, {}}));
  Need(curate::Remove(bench.context, {"two"}));
  Need(curate::EditTags(bench.context, {"mk", {"b"}, {}}));
  const std::string written = ReadFile(dir / "collection.toml");
  REQUIRE(written.find(gone.substr(1)) != std::string::npos);
  const auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).ok);
  REQUIRE(written.find("two") == std::string::npos);
}

}  // namespace
}  // namespace skilltrail
