#include <cstdlib>

#include "engine/query/verify.h"
#include "engine/snapshot/import.h"
#include "engine/snapshot/restore.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
namespace fs = std::filesystem;

// A home of SkillMeat's, with a collection "work" and archives as `tar.add(path, arcname=NAME)` makes them.
class PeerHome {
 public:
  explicit PeerHome(fs::path home) : home_(std::move(home)) { fs::create_directories(snapshots()); }
  fs::path collection() const { return home_ / "collections" / "work"; }
  fs::path snapshots() const { return home_ / "snapshots" / "work"; }

  void WriteSkill(const std::string& name, const std::string& body) const {
    WriteFile(collection() / "skills" / name / "SKILL.md", "---\ndescription: d\n---\n" + body + "\n");
  }
  void WriteManifest(const std::string& artifacts) const {
    WriteFile(collection() / "collection.toml",
              "[collection]\nname = \"work\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n"
              "colour = \"green\"\n" +
                  artifacts);
  }
  static std::string Artifact(const std::string& name, const std::string& tag) {
    return "\n[[artifacts]]\nname = \"" + name + "\"\ntype = \"skill\"\npath = \"skills/" + name +
           "\"\norigin = \"local\"\nadded = \"2026-03-01T08:05:00\"\ntags = [\n    \"" + tag + "\",\n]\n";
  }
  fs::path Snapshot(const std::string& id, const std::string& timestamp) {
    const fs::path file = snapshots() / (id + ".tar.gz");
    const std::string pack = "tar czf '" + file.string() + "' -C '" + collection().parent_path().string() + "' work";
    REQUIRE(std::system(pack.c_str()) == 0);
    list_ += "[[snapshots]]\nid = \"" + id + "\"\ntimestamp = \"" + timestamp + "\"\nmessage = \"made at " + timestamp +
             "\"\nartifact_count = 2\ntarball_path = \"/home/moved/away/" + id + ".tar.gz\"\n\n";
    WriteFile(list(), list_);
    return file;
  }
  fs::path list() const { return snapshots() / "snapshots.toml"; }

 private:
  fs::path home_;
  std::string list_;
};

projections::CollectionState StateAt(Workbench& bench, const std::string& point) {
  auto reading = Need(Reading::Open(bench.context));
  return Need(reading->CollectionState("work", Need(reading->Resolve(point))));
}

TEST_CASE("an archive of the peer's becomes a collection: files, tags, and what its own file says beside") {
  Workbench bench;
  PeerHome peer(bench.Path("peer"));
  peer.WriteSkill("a", "one");
  peer.WriteSkill("b", "two");
  peer.WriteManifest(PeerHome::Artifact("a", "plots"));
  WriteFile(peer.collection() / "skills" / "a" / "run.sh", "#!/bin/sh\n");
  fs::permissions(peer.collection() / "skills" / "a" / "run.sh", fs::perms(0755));
  const auto file = peer.Snapshot("20260302-093000-500000", "2026-03-02T09:30:00.500000");

  const auto report = Need(snapshot::Import(bench.context, {file, ""}));
  REQUIRE(report.collection == "work");
  REQUIRE(report.artifacts == 2);
  const auto dir = bench.context.store / "collections" / "work";
  REQUIRE(ReadFile(dir / "skills/b/SKILL.md") == ReadFile(peer.collection() / "skills/b/SKILL.md"));
  REQUIRE((fs::status(dir / "skills/a/run.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);
  REQUIRE(ReadFile(dir / "collection.toml").find("colour = \"green\"") != std::string::npos);
  REQUIRE(StateAt(bench, "@").Find("skill:a")->adopted_tags == std::vector<std::string>{"plots"});
  REQUIRE_FALSE(fs::exists(bench.context.store / "collections" / ".skilltrail-import"));
  bench.context.collection = "work";
  REQUIRE(bench.Capture().changes.empty());
  REQUIRE(snapshot::Import(bench.context, {file, ""}).error().code == Code::kConflict);
  REQUIRE(Need(snapshot::Import(bench.context, {file, "again"})).collection == "again");
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::Verify(*reading, true)).ok);
}

TEST_CASE("snapshots.toml brings each archive in turn, though its home has moved") {
  Workbench bench;
  PeerHome peer(bench.Path("peer"));
  peer.WriteSkill("a", "one");
  peer.WriteSkill("b", "stays");
  peer.WriteManifest(PeerHome::Artifact("a", "plots") + PeerHome::Artifact("b", "charts"));
  peer.Snapshot("20260302-093000-500000", "2026-03-02T09:30:00.500000");
  peer.WriteSkill("a", "two");
  peer.WriteSkill("c", "new");
  fs::remove_all(peer.collection() / "skills" / "b");
  peer.WriteManifest(PeerHome::Artifact("a", "tables") + PeerHome::Artifact("c", "charts"));
  peer.Snapshot("20260303-093000-500000", "2026-03-03T09:30:00.500000");

  const auto report = Need(snapshot::Import(bench.context, {peer.list(), ""}));
  REQUIRE(report.collection == "work");
  REQUIRE(report.snapshots == std::vector<std::string>{"20260302-093000-500000", "20260303-093000-500000"});
  const auto first = StateAt(bench, "snap:20260302-093000-500000");
  REQUIRE(first.size() == 2);
  REQUIRE(first.Find("skill:a")->user_tags == std::vector<std::string>{"plots"});
  const auto second = StateAt(bench, "snap:20260303-093000-500000");
  REQUIRE(second.Find("skill:b") == nullptr);
  REQUIRE(second.Find("skill:c") != nullptr);
  REQUIRE(second.Find("skill:a")->user_tags == std::vector<std::string>{"tables"});
  const auto dir = bench.context.store / "collections" / "work";
  REQUIRE(ReadFile(dir / "skills/a/SKILL.md").find("two") != std::string::npos);
  REQUIRE_FALSE(fs::exists(dir / "skills/b"));
  bench.context.collection = "work";
  REQUIRE(bench.Capture().changes.empty());

  bench.context.at = "snap:20260302-093000-500000";
  Need(snapshot::Restore(bench.context, {.to = bench.Path("out")}));
  REQUIRE(ReadFile(bench.Path("out") / "skills/a/SKILL.md").find("one") != std::string::npos);
  bench.context.at.clear();
  const Seq head = bench.Head();
  REQUIRE(Need(snapshot::Import(bench.context, {peer.list(), ""})).brought == snapshot::ImportReport::Brought::kNothing);
  REQUIRE(bench.Head() == head);
}

TEST_CASE("an archive of the peer's that leads out of itself is refused whole") {
  Workbench bench;
  PeerHome peer(bench.Path("peer"));
  peer.WriteSkill("a", "one");
  const Seq head = bench.Head();
  const auto refused = [&](const fs::path& file) {
    const auto imported = snapshot::Import(bench.context, {file, "evil"});
    return !imported.ok() && imported.error().code == Code::kCorrupt && bench.Head() == head &&
           !fs::exists(bench.context.store / "collections" / "evil");
  };
  peer.WriteManifest(
      "\n[[artifacts]]\nname = \"x\"\ntype = \"skill\"\npath = \"../../../etc\"\norigin = \"local\"\nadded = \"2026-03-01T08:05:00\"\n");
  REQUIRE(refused(peer.Snapshot("20260302-093000-500001", "2026-03-02T09:30:00")));
  peer.WriteManifest("this is no TOML");
  REQUIRE(refused(peer.Snapshot("20260302-093000-500002", "2026-03-02T09:30:00")));
  peer.WriteManifest("");
  fs::create_symlink("/etc/passwd", peer.collection() / "skills" / "a" / "link");
  REQUIRE(refused(peer.Snapshot("20260302-093000-500003", "2026-03-02T09:30:00")));
  WriteFile(bench.Path("empty.tar.gz"), "");
  REQUIRE(refused(bench.Path("empty.tar.gz")));
}

}  // namespace
}  // namespace skilltrail
