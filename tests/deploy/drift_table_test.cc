// The table of drift over artifacts of every type, and its life in the log.
#include <algorithm>
#include <map>

#include "tests/deploy/project_bench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using schema::DriftType;
using testing::DeployedBench;
using testing::Edit;
using testing::kEverything;
using testing::Need;
using testing::ReadFile;
using testing::WriteFile;

// Where the words of one artifact stand in the collection and in the project, and a word of them.
struct Kind {
  std::string id;
  std::string in_collection;  // the file
  std::string whole;          // what is deleted to remove it from the collection
  std::string in_project;     // the file
  std::string copy;           // what is deleted to remove the copy; empty: the file's entries
  std::string word;
};

const std::vector<Kind> kKinds = {
    {"skill:a", "skills/a/SKILL.md", "skills/a", ".claude/skills/a/SKILL.md", ".claude/skills/a", "5"},
    {"command:go", "commands/go.md", "commands/go.md", ".claude/commands/go.md", ".claude/commands/go.md", "go 1"},
    {"agent:help", "agents/help.md", "agents/help.md", ".claude/agents/help.md", ".claude/agents/help.md", "help 1"},
    {"hook:guard", "hooks/guard/settings.json", "hooks/guard", ".claude/settings.json", ".claude/hooks/guard", "guard.sh"},
    {"mcp-server:git", "mcp/git/.mcp.json", "mcp/git", ".mcp.json", "", "mcp-server-git"},
};

// A project with everything deployed, and one kind that the test is about.
class Table : public DeployedBench {
 public:
  void EditCollection(const Kind& kind, const std::string& word) { Edit(bench.Collection() / kind.in_collection, kind.word, word); }
  void EditProject(const Kind& kind, const std::string& word) { Edit(dir / kind.in_project, kind.word, word); }
  void RemoveCopy(const Kind& kind) {
    if (!kind.copy.empty()) fs::remove_all(dir / kind.copy);
    if (kind.in_project.ends_with(".json")) WriteFile(dir / kind.in_project, "{}\n");
  }
  // The one finding; everything else is in sync.
  deploy::DriftEntry Only(const Kind& kind) {
    const auto report = Drift();
    INFO(kind.id);
    REQUIRE(report.entries.size() == 1);
    REQUIRE(report.entries[0].artifact == kind.id);
    REQUIRE(report.total_artifacts == kEverything.size());
    return report.entries[0];
  }
};

TEST_CASE("nothing moved: every type is in sync, and a check of it writes nothing and takes no lock") {
  Table table;
  const Seq head = table.bench.Head();
  REQUIRE(table.Drift().entries.empty());
  REQUIRE(table.bench.Head() == head);
}

TEST_CASE("an edit in the project is modified, for every type") {
  for (const auto& kind : kKinds) {
    Table table;
    table.EditProject(kind, "mine-" + kind.word);
    const auto entry = table.Only(kind);
    REQUIRE(entry.verdict.type == DriftType::modified);
    REQUIRE(entry.verdict.recommendation == "push_to_collection");
    REQUIRE(entry.verdict.change_origin == "local_modification");
    REQUIRE(entry.collection_sha == entry.baseline_hash);
    REQUIRE(entry.project_sha != entry.baseline_hash);
    REQUIRE(entry.current_hash == entry.project_sha);
    REQUIRE(entry.files.size() == 1);
    REQUIRE(entry.files[0].kind == collection::FileChange::Kind::kModified);
    REQUIRE(entry.files[0].path == fs::path(kind.in_collection).filename().string());
    REQUIRE(entry.modification_detected_at != 0);
    REQUIRE(entry.last_deployed != 0);
  }
}

TEST_CASE("an edit in the collection is outdated, for every type") {
  for (const auto& kind : kKinds) {
    Table table;
    table.EditCollection(kind, "ours-" + kind.word);
    const auto entry = table.Only(kind);
    REQUIRE(entry.verdict.type == DriftType::outdated);
    REQUIRE(entry.verdict.recommendation == "pull_from_collection");
    REQUIRE(entry.verdict.change_origin == "sync");
    REQUIRE(entry.files.size() == 1);
  }
}

TEST_CASE("different edits on both sides are a conflict, for every type") {
  for (const auto& kind : kKinds) {
    Table table;
    table.EditCollection(kind, "ours-" + kind.word);
    table.EditProject(kind, "mine-" + kind.word);
    const auto entry = table.Only(kind);
    REQUIRE(entry.verdict.type == DriftType::conflict);
    REQUIRE(entry.verdict.recommendation == "review_manually");
    REQUIRE(entry.verdict.change_origin == "local_modification");
  }
}

TEST_CASE("the same edit on both sides converges, for every type: not listed, and the baseline moves") {
  for (const auto& kind : kKinds) {
    Table table;
    table.EditCollection(kind, "both-" + kind.word);
    table.EditProject(kind, "both-" + kind.word);
    const Seq head = table.bench.Head();
    INFO(kind.id);
    REQUIRE(table.Drift().entries.empty());
    const auto types = table.bench.Since(head);
    REQUIRE(std::count(types.begin(), types.end(), "baseline_moved") == 1);
    table.EditProject({kind.id, "", "", kind.in_project, "", "both-"}, "again-");
    REQUIRE(table.Only(kind).verdict.type == DriftType::modified);
  }
}

TEST_CASE("a copy that is gone is missing, for every type, and never in sync") {
  for (const auto& kind : kKinds) {
    Table table;
    table.RemoveCopy(kind);
    const auto entry = table.Only(kind);
    REQUIRE(entry.verdict.type == DriftType::missing);
    REQUIRE(entry.verdict.recommendation == "deploy_to_project");
    REQUIRE(entry.project_sha.empty());
  }
}

TEST_CASE("an artifact that is gone from the collection is removed, for every type") {
  for (const auto& kind : kKinds) {
    Table table;
    fs::remove_all(table.bench.Collection() / kind.whole);
    const auto entry = table.Only(kind);
    REQUIRE(entry.verdict.type == DriftType::removed);
    REQUIRE(entry.verdict.recommendation == "remove_from_project");
    REQUIRE(entry.collection_sha.empty());
  }
}

TEST_CASE("an artifact that was never deployed here is added: listed, not counted, no event") {
  Table table;
  table.bench.WriteSkill("new", "new");
  table.bench.Capture();
  const Seq head = table.bench.Head();
  const auto report = table.Drift();
  REQUIRE(report.Count(DriftType::added) == 1);
  REQUIRE(report.drifted() == 0);
  REQUIRE(report.entries[0].verdict.recommendation == "deploy_to_project");
  REQUIRE(table.bench.Head() == head);
}

TEST_CASE("a copy or an artifact that cannot be read is unknown with the reason, and nothing is concluded from it") {
  for (const bool in_project : {true, false}) {
    Table table;
    const fs::path path = in_project ? table.root / "skills/a" : table.bench.Collection() / "skills/a";
    fs::remove_all(path);
    fs::create_symlink("nothing", path);
    const Seq head = table.bench.Head();
    const auto entry = table.Only(kKinds[0]);
    REQUIRE(entry.verdict.type == DriftType::unknown);
    REQUIRE(entry.error.find("link to nothing") != std::string::npos);
    REQUIRE(table.bench.Head() == head);
  }
}

TEST_CASE("files and front matter fields are named against the baseline") {
  Table table;
  const fs::path skill = table.root / "skills/a";
  WriteFile(skill / "SKILL.md", "---\nname: a\ndescription: e\nmodel: opus\ntags: [x, y]\n---\nother\n");
  WriteFile(skill / "new.txt", "new\n");
  const auto entry = table.Only(kKinds[0]);
  std::map<std::string, std::pair<std::string, std::string>> fields;
  for (const auto& field : entry.fields) fields[field.field] = {field.before, field.after};
  REQUIRE(fields == std::map<std::string, std::pair<std::string, std::string>>{
                        {"description", {"d", "e"}}, {"model", {"", "opus"}}, {"tags", {"", "x, y"}}});
  REQUIRE(entry.files.size() == 2);
  REQUIRE(entry.files[1].path == "new.txt");
  REQUIRE(entry.files[1].kind == collection::FileChange::Kind::kAdded);
}

TEST_CASE("tags that changed since the deployment are named, and are no drift by themselves") {
  Table table;
  curate::EditTagsRequest edit;
  edit.artifact = "a";
  edit.add = {"new"};
  Need(curate::EditTags(table.bench.context, edit));
  REQUIRE(table.Drift().entries.empty());
  table.EditProject(kKinds[0], "mine");
  const auto entry = table.Only(kKinds[0]);
  REQUIRE(entry.has_tag_changes);
  REQUIRE(entry.tags_added == std::vector<std::string>{"new"});
  REQUIRE(entry.tags_removed.empty());
}

TEST_CASE("a finding that turns into another one is resolved, and the new one has its own time") {
  Table table;
  table.EditProject(kKinds[0], "mine");
  const Micros modified = table.Only(kKinds[0]).modification_detected_at;
  table.EditCollection(kKinds[0], "ours");
  const Seq head = table.bench.Head();
  const auto conflict = table.Only(kKinds[0]);
  REQUIRE(conflict.verdict.type == DriftType::conflict);
  REQUIRE(conflict.modification_detected_at > modified);
  const auto types = table.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "drift_resolved") == 1);
  REQUIRE(std::count(types.begin(), types.end(), "drift_detected") == 1);
  table.EditProject({"", "", "", kKinds[0].in_project, "", "mine"}, kKinds[0].word);
  REQUIRE(table.Only(kKinds[0]).verdict.type == DriftType::outdated);
}

TEST_CASE("what is not recorded has no time: a look beside a locked store prints and says so") {
  Table table;
  table.EditProject(kKinds[0], "mine");
  auto writer = Need(Writing::Open(table.bench.context));
  Context impatient = table.bench.context;
  impatient.lock_timeout_ms = 0;
  const auto report = Need(deploy::Drift(impatient, {{table.dir}, false, false})).front();
  REQUIRE(report.Count(DriftType::modified) == 1);
  REQUIRE(report.entries[0].modification_detected_at == 0);
  REQUIRE(report.notes.back().find("not recorded") != std::string::npos);
  writer.reset();
  REQUIRE(table.Drift().entries[0].modification_detected_at != 0);
  // Nothing new: no lock is needed, and the recorded time is known.
  writer = Need(Writing::Open(table.bench.context));
  const auto again = Need(deploy::Drift(impatient, {{table.dir}, false, false})).front();
  REQUIRE(again.notes.empty());
  REQUIRE(again.entries[0].modification_detected_at != 0);
}

}  // namespace
}  // namespace skilltrail
