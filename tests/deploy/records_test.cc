// What record files and the log make of each other.
#include "engine/deploy/records.h"

#include <algorithm>
#include <filesystem>

#include "engine/store/store.h"
#include "events/codec.h"
#include "tests/deploy/project_bench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using schema::DriftType;
using testing::Edit;
using testing::kEverything;
using testing::Need;
using testing::ProjectBench;
using testing::ReadFile;
using testing::Record;
using testing::WriteFile;

// With a copy of skill:a that the peer has deployed.
class PeersBench : public ProjectBench {
 public:
  explicit PeersBench(const std::string& collection = "default") {
    fs::create_directories(root / "skills");
    fs::copy(bench.Collection() / "skills/a", root / "skills/a", fs::copy_options::recursive);
    WriteFile(file, Record("skill", "a", "skills/a", bench.State().Find("skill:a")->content_hash, collection));
  }
  fs::path file = root / ".skillmeat-deployed.toml";
};

// As an undeployment of "a" that was killed behind its append leaves the store.
void AppendUnfinished(ProjectBench& project) {
  schema::ArtifactUndeployedT gone;
  gone.profile_root = ".claude";
  gone.path = "skills/a";
  const auto store = Need(store::Store::OpenWriter(project.bench.context.store, "test", 0, project.bench.clock));
  store::AppendRequest request;
  const Micros now = project.bench.clock.Now();
  request.events.push_back(EncodeEvent({NewRunId(now), 0, now, "default", "skill:a", project.dir.string(), std::move(gone)}));
  request.manifests.push_back(project.dir.string());
  Need(store->log->Append(std::move(request)));
}

TEST_CASE("a record that a killed undeployment left behind is no deployment, and goes with the next command that writes") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  AppendUnfinished(project);
  fs::remove_all(project.root / "skills/a");
  const auto file = project.root / ".skillmeat-deployed.toml";
  REQUIRE(ReadFile(file).find("\"a\"") != std::string::npos);
  REQUIRE(Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false})).projects[0].deployments.size() == 1);
  REQUIRE(project.Drift().total_artifacts == 1);
  REQUIRE(ReadFile(file).find("\"a\"") == std::string::npos);
  REQUIRE(ReadFile(file).find("\"go\"") != std::string::npos);
}

TEST_CASE("a killed command's record file is written by the next, and what the peer wrote there meanwhile stays") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  AppendUnfinished(project);
  const auto file = project.root / ".skillmeat-deployed.toml";
  WriteFile(file, ReadFile(file) + Record("agent", "help", "agents/help.md", std::string(64, 'a')));
  project.bench.WriteSkill("b", "one");
  project.bench.Capture();
  REQUIRE(ReadFile(file).find("\"a\"") == std::string::npos);
  REQUIRE(ReadFile(file).find("\"help\"") != std::string::npos);
}

TEST_CASE("records and copies that come back, as with another branch, are deployments again") {
  ProjectBench project;
  Need(project.Deploy(kEverything));
  const auto kept = project.bench.Path("kept");
  fs::copy(project.dir, kept, fs::copy_options::recursive);
  Need(project.Undeploy(kEverything));
  REQUIRE(project.Drift().total_artifacts == 0);
  fs::copy(kept, project.dir, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  REQUIRE(project.Drift().total_artifacts == kEverything.size());
  REQUIRE(project.Drift().drifted() == 0);
  Need(project.Undeploy(kEverything));
  REQUIRE(!fs::exists(project.servers));
  REQUIRE(!fs::exists(project.root / "skills/a"));
}

TEST_CASE("what is gone with its record was taken away, hooks and servers too") {
  ProjectBench project;
  Need(project.Deploy({"a"}));
  const auto before = project.bench.Path("before");
  fs::copy(project.dir, before, fs::copy_options::recursive);
  Need(project.Deploy(kEverything));
  fs::remove_all(project.dir);
  fs::rename(before, project.dir);
  REQUIRE(project.Drift().total_artifacts == 1);
  Need(project.Deploy({"go"}));
  REQUIRE(ReadFile(project.root / ".skillmeat-deployed.toml").find("guard") == std::string::npos);
}

TEST_CASE("a copied project's records have the content that was agreed, where the log has it") {
  ProjectBench project;
  Need(project.Deploy({"a"}));
  const auto copied = project.bench.Path("copied");
  fs::copy(project.dir, copied, fs::copy_options::recursive);
  Edit(copied / ".claude/skills/a/SKILL.md", "3", "three");
  const auto drift = Need(deploy::Drift(project.bench.context, {{copied}, false, false})).front();
  REQUIRE(drift.Count(DriftType::modified) == 1);
  const auto edited =
      std::find_if(drift.entries.begin(), drift.entries.end(), [](const auto& entry) { return entry.artifact == "skill:a"; });
  REQUIRE(edited->files.size() == 1);
}

TEST_CASE("records of the peer's are listed before the log has taken them in") {
  ProjectBench project;
  WriteFile(project.root / ".skillmeat-deployed.toml", Record("skill", "a", "skills/a", std::string(64, 'a')));
  const Seq head = project.bench.Head();
  const auto report = Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false}));
  REQUIRE(report.projects[0].deployments.size() == 1);
  REQUIRE(project.bench.Head() == head);
}

TEST_CASE("a record that is taken in keeps the moment that it says, in the log and in the file") {
  PeersBench project;
  const Micros said = Need(manifest::ReadDeployed(project.dir)).front().deployed_at;
  REQUIRE(project.Drift().drifted() == 0);
  const auto deployed = Need(deploy::ListDeployed(project.bench.context, {{project.dir}, false}));
  REQUIRE(deployed.projects[0].deployments[0].deployed_at == said);
  Edit(project.root / "skills/a/SKILL.md", "3", "three");
  const auto edited = project.Drift();
  REQUIRE(std::count_if(edited.entries.begin(), edited.entries.end(), [&](const auto& entry) { return entry.last_deployed == said; }) == 1);
  Need(project.Pull({"a"}, deploy::PullStrategy::kMerge));
  REQUIRE(ReadFile(project.file).find("2020-03-03T10:00:00.000004") != std::string::npos);
}

TEST_CASE("the peer takes the file away with its last record: what went with it is not deployed any more") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  fs::remove_all(project.root / "skills/a");
  fs::remove(project.root / ".skillmeat-deployed.toml");
  const auto drift = project.Drift();
  REQUIRE(drift.total_artifacts == 1);  // go: its copy stands there
  REQUIRE(drift.drifted() == 0);
  Need(project.Deploy({"help"}));
  const auto records = ReadFile(project.root / ".skillmeat-deployed.toml");
  REQUIRE(records.find("\"a\"") == std::string::npos);
  REQUIRE(records.find("\"go\"") != std::string::npos);
}

TEST_CASE("a profile root that is gone altogether says nothing: its copies are missing") {
  ProjectBench project;
  Need(project.Deploy({"a", "go"}));
  fs::remove_all(project.root);
  REQUIRE(project.Drift().Count(DriftType::missing) == 2);
}

TEST_CASE("a copy of a collection that the store has not is taken out, and its place can be taken") {
  {
    PeersBench project("theirs");
    REQUIRE(project.Drift().Count(DriftType::unknown) == 1);
    const auto refused = project.Undeploy({"a"});
    REQUIRE(refused.error().code == Code::kNotFound);
    REQUIRE(refused.error().hint.find("-c theirs") != std::string::npos);
    project.bench.context.collection = "theirs";
    Need(project.Undeploy({"a"}));
    project.bench.context.collection.clear();
    REQUIRE(!fs::exists(project.root / "skills/a"));
    REQUIRE(project.Drift().total_artifacts == 0);
  }
  PeersBench project("theirs");
  Need(project.Deploy({"a"}));
  REQUIRE(project.Drift().total_artifacts == 1);
  REQUIRE(project.DriftOf("skill:a") == DriftType::unspecified);
  REQUIRE(ReadFile(project.file).find("theirs") == std::string::npos);
}

}  // namespace
}  // namespace skilltrail
