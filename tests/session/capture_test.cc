#include "engine/session/capture.h"

#include <unistd.h>

#include <algorithm>

#include "engine/query/diff.h"
#include "engine/query/query.h"
#include "engine/store/store.h"
#include "events/codec.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
using Words = std::vector<std::string>;

TEST_CASE("a skill written on disk is captured once, with the fields and tags that it states") {
  Workbench bench;
  bench.WriteSkill("pdf", "one", "description: reads\nlicense: MIT\ntags: [a, b]");
  const auto report = bench.Capture();
  REQUIRE(report.changes.size() == 1);
  REQUIRE(report.changes[0].change == "added");
  const auto state = bench.State();
  const auto* pdf = state.Find("skill:pdf");
  REQUIRE(pdf != nullptr);
  REQUIRE(projections::MetadataOf(*pdf, "description") == "reads");
  REQUIRE(projections::MetadataOf(*pdf, "license") == "MIT");
  REQUIRE(projections::EffectiveTags(*pdf) == Words{"a", "b"});
  const Seq head = bench.Head();
  REQUIRE(bench.Capture().changes.empty());
  REQUIRE(bench.Head() == head);
}

TEST_CASE("an edit, a new file and a deleted artifact are captured as what they are") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.WriteSkill("b", "one");
  bench.Capture();
  const Seq before = bench.Head();
  WriteFile(bench.Collection() / "skills/a/notes.md", "n");
  std::filesystem::remove_all(bench.Collection() / "skills/b");
  const auto report = bench.Capture();
  REQUIRE(report.changes.size() == 2);
  REQUIRE(report.changes[0].change == "changed");
  REQUIRE(report.changes[0].files.size() == 1);
  REQUIRE(report.changes[1].change == "removed");
  REQUIRE(bench.Since(before) == Words{"run_started", "content_changed", "artifact_removed", "run_completed"});
}

TEST_CASE("a folder that cannot be listed is an error, and nothing counts as deleted") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq head = bench.Head();
  std::filesystem::rename(bench.Collection(), bench.Path("away"));
  const auto report = curate::CaptureCollection(bench.context);
  REQUIRE_FALSE(report.ok());
  REQUIRE(report.error().code == Code::kFailed);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("a dry run reports the edits and writes nothing") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.context.dry_run = true;
  const Seq head = bench.Head();
  REQUIRE(bench.Capture().changes.size() == 1);
  REQUIRE(bench.Head() == head);
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "collection.lock"));
}

TEST_CASE("tags and fields edited in collection.toml become events before the next change, and stay") {
  Workbench bench;
  bench.WriteSkill("a", "one", "description: d\ntags: [stated]");
  bench.Capture();
  const auto file = bench.Collection() / "collection.toml";
  std::string text = ReadFile(file);
  const auto swap = [&](const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  };
  swap("\"stated\",", "\"stated\",\n    \"mine\",");
  swap("description = \"d\"", "description = \"theirs\"");
  WriteFile(file, text);
  const Seq before = bench.Head();
  bench.Capture();
  const auto types = bench.Since(before);
  REQUIRE(std::count(types.begin(), types.end(), "tags_edited") == 1);
  REQUIRE(std::count(types.begin(), types.end(), "metadata_edited") == 1);
  const auto state = bench.State();
  REQUIRE(projections::EffectiveTags(*state.Find("skill:a")) == Words{"mine", "stated"});
  REQUIRE(projections::MetadataOf(*state.Find("skill:a"), "description") == "theirs");
  const Seq head = bench.Head();
  bench.Capture();
  REQUIRE(bench.Head() == head);
}

TEST_CASE("a broken collection.toml stops a change and is left as it is") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  WriteFile(bench.Collection() / "collection.toml", "[collection\n");
  bench.WriteSkill("a", "two");
  const Seq head = bench.Head();
  const auto report = curate::CaptureCollection(bench.context);
  REQUIRE_FALSE(report.ok());
  REQUIRE(report.error().message.find("collection.toml") != std::string::npos);
  REQUIRE(bench.Head() == head);
  REQUIRE(ReadFile(bench.Collection() / "collection.toml") == "[collection\n");
}

// An event of skill:a and its file work, as a command that was killed behind its append leaves them.
void AppendUnfinished(Workbench& bench, const std::string& project, Payload payload, const std::filesystem::path& path,
                      const Digest& before, const Digest& after) {
  const auto store = Need(store::Store::OpenWriter(bench.context.store, "test", 0, bench.clock));
  store::AppendRequest request;
  request.events.push_back(EncodeEvent({NewRunId(1), 0, 1, "default", "skill:a", project, std::move(payload)}));
  store::PendingWork work;
  work.path = path.string();
  work.before = before;
  work.after = after;
  work.collection = "default";
  work.artifact = "skill:a";
  request.pending.push_back(work);
  Need(store->log->Append(std::move(request)));
}

TEST_CASE("what a killed command left to be done on disk is no edit to a look, and is told") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.WriteSkill("b", "one");
  bench.Capture();
  const projections::ArtifactState a = *bench.State().Find("skill:a");
  schema::ArtifactRemovedT removed;
  removed.cause = schema::ChangeCause::command;
  removed.tree = a.tree;
  const Digest tree = DigestFromBytes(a.tree.data(), a.tree.size());
  AppendUnfinished(bench, {}, std::move(removed), bench.Collection() / a.path, tree, {});
  bench.WriteSkill("b", "two");
  const auto status = Need(query::StatusOf(bench.context));
  REQUIRE(status.uncaptured.size() == 1);
  REQUIRE(status.uncaptured[0].artifact == "skill:b");
  REQUIRE(std::any_of(status.notes.begin(), status.notes.end(),
                      [](const std::string& note) { return note.find("interrupted") != std::string::npos; }));
  const auto diff = Need(query::Diff(bench.context, {}));
  REQUIRE(diff.artifacts.size() == 1);
  bench.Capture();
  REQUIRE_FALSE(std::filesystem::exists(bench.Collection() / "skills/a"));
  REQUIRE(Need(query::StatusOf(bench.context)).notes.empty());
}

TEST_CASE("files that cannot be brought over hold up no other command, and come when they can") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const projections::ArtifactState a = *bench.State().Find("skill:a");
  const auto blocked = bench.Path("blocked");
  WriteFile(blocked, "no directory\n");
  schema::ArtifactDeployedT deployed;
  deployed.cause = schema::ChangeCause::deploy;
  deployed.profile_root = ".claude";
  deployed.path = "skills/a";
  deployed.tree = a.tree;
  deployed.content_hash = a.content_hash;
  const Digest tree = DigestFromBytes(a.tree.data(), a.tree.size());
  AppendUnfinished(bench, blocked.string(), std::move(deployed), blocked / ".claude/skills/a", {}, tree);
  bench.WriteSkill("b", "one");
  REQUIRE(bench.Capture().changes.size() == 1);
  REQUIRE(Need(Reading::Open(bench.context))->log().Pending().value().size() == 1);
  std::filesystem::remove(blocked);
  std::filesystem::create_directories(blocked);
  bench.Capture();
  REQUIRE(Need(Reading::Open(bench.context))->log().Pending().value().empty());
  REQUIRE(ReadFile(blocked / ".claude/skills/a/SKILL.md") == bench.SkillText("a"));
}

}  // namespace
}  // namespace skilltrail
