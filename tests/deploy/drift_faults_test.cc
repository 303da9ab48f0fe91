// The faults of SkillMeat that concern drift, one case each, and what the world does to a check.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "engine/collection/content.h"
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
using testing::ProjectBench;
using testing::ReadFile;
using testing::Record;
using testing::WriteFile;

std::string PeerHash(const fs::path& path) {
  return collection::ContentHash(Need(collection::ReadContent(path)),
                                 [](std::string_view file) { return !collection::PeerDropsOnDeploy(file); });
}

const deploy::DriftEntry& Of(const deploy::DriftReport& report, const std::string& artifact) {
  const auto found =
      std::find_if(report.entries.begin(), report.entries.end(), [&](const auto& entry) { return entry.artifact == artifact; });
  REQUIRE(found != report.entries.end());
  return *found;
}

class World : public DeployedBench {
 public:
  fs::path skill = root / "skills/a";
  fs::path records = root / ".skillmeat-deployed.toml";
};

TEST_CASE("fault 1: commands and agents are looked for where they stand, not called removed") {
  World world;
  const auto report = world.Drift();
  REQUIRE(report.Count(DriftType::removed) == 0);
  REQUIRE(report.total_artifacts == kEverything.size());
}

TEST_CASE("fault 2: copies of a collection that nobody knows are unknown, not removed") {
  ProjectBench project;
  WriteFile(project.root / "skills/x/SKILL.md", "x\n");
  WriteFile(project.root / ".skillmeat-deployed.toml", Record("skill", "x", "skills/x", PeerHash(project.root / "skills/x"), "elsewhere"));
  const auto report = project.Drift();
  REQUIRE(report.Count(DriftType::removed) == 0);
  REQUIRE(Of(report, "skill:x").verdict.type == DriftType::unknown);
  REQUIRE(Of(report, "skill:x").error.find("elsewhere") != std::string::npos);
  REQUIRE(report.drifted() == 0);
}

TEST_CASE("fault 3: a deleted project copy is missing, not in sync") {
  World world;
  fs::remove_all(world.root);
  REQUIRE(world.Drift().Count(DriftType::missing) >= 4);
}

TEST_CASE("fault 4: a pull, and the same edit on both sides, end the drift for good") {
  World world;
  Edit(world.skill / "SKILL.md", "5", "five");
  REQUIRE(world.DriftOf("skill:a") == DriftType::modified);
  Need(world.Pull({"a"}, deploy::PullStrategy::kMerge));
  for (int i = 0; i < 3; ++i) REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
  Edit(world.skill / "SKILL.md", "6", "six");
  Edit(world.bench.Collection() / "skills/a/SKILL.md", "6", "six");
  for (int i = 0; i < 3; ++i) REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
}

TEST_CASE("fault 6: a check writes neither the project nor the collection") {
  World world;
  Edit(world.skill / "SKILL.md", "5", "five");
  const std::string records = ReadFile(world.records);
  const std::string manifest = ReadFile(world.bench.Collection() / "collection.toml");
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat(world.records.c_str(), &before) == 0);
  REQUIRE(world.Drift().drifted() == 1);
  REQUIRE(::stat(world.records.c_str(), &after) == 0);
  REQUIRE(before.st_ino == after.st_ino);
  REQUIRE(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  REQUIRE(ReadFile(world.records) == records);
  REQUIRE(ReadFile(world.bench.Collection() / "collection.toml") == manifest);
}

TEST_CASE("fault 16: A, B and A again are three facts") {
  World world;
  const std::string agreed = ReadFile(world.skill / "SKILL.md");
  const Seq head = world.bench.Head();
  for (int i = 0; i < 2; ++i) {
    WriteFile(world.skill / "SKILL.md", "B\n");
    REQUIRE(world.DriftOf("skill:a") == DriftType::modified);
    WriteFile(world.skill / "SKILL.md", agreed);
    REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
  }
  const auto types = world.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "drift_detected") == 2);
  REQUIRE(std::count(types.begin(), types.end(), "drift_resolved") == 2);
}

TEST_CASE("the peer's records of every type are taken in, compared under its copy rule, and edits are named") {
  ProjectBench project;
  WriteFile(project.bench.Collection() / "skills/a/.gitignore", "*.pyc\n");
  project.bench.Capture();
  fs::create_directories(project.root / "skills");
  fs::copy(project.bench.Collection() / "skills/a", project.root / "skills/a");
  fs::remove(project.root / "skills/a/.gitignore");
  fs::create_directories(project.root / "commands");
  fs::copy(project.bench.Collection() / "commands/go.md", project.root / "commands/go.md");
  WriteFile(project.root / ".skillmeat-deployed.toml",
            Record("skill", "a", "skills/a", PeerHash(project.root / "skills/a")) +
                Record("command", "go", "commands/go.md", PeerHash(project.root / "commands/go.md")));
  const std::string records = ReadFile(project.root / ".skillmeat-deployed.toml");
  REQUIRE(project.Drift().drifted() == 0);
  WriteFile(project.root / "skills/a/__pycache__/m.pyc", "x");
  REQUIRE(project.Drift().drifted() == 0);
  Edit(project.root / "skills/a/SKILL.md", "5", "five");
  const auto report = project.Drift();
  REQUIRE(report.drifted() == 1);
  const auto& entry = Of(report, "skill:a");
  REQUIRE(entry.verdict.type == DriftType::modified);
  REQUIRE(entry.files.size() == 1);
  REQUIRE(entry.files[0].path == "SKILL.md");
  REQUIRE(!entry.has_tag_changes);
  REQUIRE(ReadFile(project.root / ".skillmeat-deployed.toml") == records);
  const auto all = Need(deploy::Drift(project.bench.context, {{}, true, false}));
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].project == project.dir);
}

TEST_CASE("a copy that the peer has taken away with its record is no drift any more") {
  World world;
  std::string records = ReadFile(world.records);
  const size_t at = records.find("artifact_name = \"a\"");
  const size_t begin = records.rfind("[[deployed]]", at);
  const size_t end = records.find("[[deployed]]", at);
  records.erase(begin, end == std::string::npos ? end : end - begin);
  WriteFile(world.records, records);
  REQUIRE(world.Drift().total_artifacts == kEverything.size());  // the copy stands: a record alone says nothing
  fs::remove_all(world.skill);
  REQUIRE(world.Drift().total_artifacts == kEverything.size() - 1);
  REQUIRE(world.DriftOf("skill:a") == DriftType::added);
}

TEST_CASE("keys that another installer wrote into a copy are no drift, and an edit beside them is") {
  World world;
  std::string text = ReadFile(world.skill / "SKILL.md");
  text.insert(4, "metadata:\n    github-path: skills/a\n    github-repo: https://github.com/acme/skills\n");
  WriteFile(world.skill / "SKILL.md", text);
  REQUIRE(world.Drift().entries.empty());
  Edit(world.bench.Collection() / "skills/a/SKILL.md", "5", "five");
  REQUIRE(world.DriftOf("skill:a") == DriftType::outdated);
  Edit(world.skill / "SKILL.md", "5", "five");
  REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
  Edit(world.skill / "SKILL.md", "6", "six");
  REQUIRE(world.DriftOf("skill:a") == DriftType::modified);
}

TEST_CASE("names that are not UTF-8, files too large to keep and pipes are unknown with the reason") {
  const auto expect = [](const std::function<void(const fs::path&)>& spoil, const std::string& reason) {
    World world;
    spoil(world.skill);
    const Seq head = world.bench.Head();
    const auto report = world.Drift();
    REQUIRE(report.Count(DriftType::unknown) == 1);
    REQUIRE(Of(report, "skill:a").error.find(reason) != std::string::npos);
    REQUIRE(report.drifted() == 0);
    REQUIRE(world.bench.Head() == head);
  };
  expect([](const fs::path& skill) { WriteFile(skill / "bad\xff.txt", "x"); }, "not UTF-8");
  expect(
      [](const fs::path& skill) {
        WriteFile(skill / "huge.bin", "");
        fs::resize_file(skill / "huge.bin", uintmax_t{1} << 30);  // sparse: a gigabyte that no disk holds
      },
      "256 MiB");
  expect([](const fs::path& skill) { REQUIRE(::mkfifo((skill / "pipe").c_str(), 0600) == 0); }, "pipe");
}

TEST_CASE("one artifact of the collection that cannot be read makes nothing else unknown") {
  World world;
  WriteFile(world.bench.Collection() / "skills/a/bad\xff.txt", "x");
  const auto report = world.Drift();
  REQUIRE(report.Count(DriftType::unknown) == 1);
  REQUIRE(Of(report, "skill:a").verdict.type == DriftType::unknown);
}

TEST_CASE("an unreadable file or folder is unknown to whoever may not read it") {
  if (::geteuid() == 0) return;
  World world;
  fs::permissions(world.skill / "SKILL.md", fs::perms::none);
  REQUIRE(world.DriftOf("skill:a") == DriftType::unknown);
}

TEST_CASE("links: a broken one is left out, one that leads elsewhere counts as the bytes it shows") {
  World world;
  fs::create_symlink("nowhere", world.skill / "broken");
  REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
  fs::create_directory_symlink("/etc", world.skill / "folder");
  REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
  WriteFile(world.dir / "outside.txt", "outside\n");
  fs::create_symlink("../../../outside.txt", world.skill / "outside.txt");
  const auto report = world.Drift();
  REQUIRE(Of(report, "skill:a").verdict.type == DriftType::modified);
  REQUIRE(Of(report, "skill:a").files[0].path == "outside.txt");
  // The very same bytes by way of a link are the same.
  fs::remove(world.skill / "outside.txt");
  fs::rename(world.skill / "SKILL.md", world.dir / "kept.md");
  fs::create_symlink("../../../kept.md", world.skill / "SKILL.md");
  REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
}

TEST_CASE("a project that is gone is reported, and its copies are unknown, not missing") {
  World world;
  const fs::path other = world.bench.Path("other");
  fs::create_directories(other);
  Need(deploy::Deploy(world.bench.context, {{"a"}, other, "", false}));
  const Seq head = world.bench.Head();
  fs::remove_all(other);
  const auto reports = Need(deploy::Drift(world.bench.context, {{}, true, false}));
  REQUIRE(reports.size() == 2);
  REQUIRE(reports[0].project == other);
  REQUIRE(reports[0].total_artifacts == 1);
  REQUIRE(reports[0].Count(DriftType::unknown) == 1);
  REQUIRE(reports[0].entries[0].error.find("gone") != std::string::npos);
  REQUIRE(reports[1].drifted() == 0);
  REQUIRE(world.bench.Head() == head);
  REQUIRE(deploy::Drift(world.bench.context, {{other}, false, false}).error().code == Code::kNotFound);
}

TEST_CASE("one project's broken record file fails that project alone in a sweep") {
  World world;
  const fs::path other = world.bench.Path("other");
  fs::create_directories(other);
  Need(deploy::Deploy(world.bench.context, {{"a"}, other, "", false}));
  WriteFile(other / ".claude/.skillmeat-deployed.toml", "[[deployed\n");
  const auto reports = Need(deploy::Drift(world.bench.context, {{}, true, false}));
  REQUIRE(reports.size() == 2);
  REQUIRE(reports[0].notes.front().find("skillmeat-deployed.toml") != std::string::npos);
  REQUIRE(reports[0].drifted() == 0);
  REQUIRE(reports[0].Count(DriftType::unknown) == 1);
  REQUIRE(reports[0].entries[0].error.find("skillmeat-deployed.toml") != std::string::npos);
  REQUIRE(reports[1].Count(DriftType::unknown) == 0);
  REQUIRE(Need(deploy::Drift(world.bench.context, {{other}, false, false})).front().Count(DriftType::unknown) == 1);
  const fs::path never = world.bench.Path("never");
  WriteFile(never / ".claude/.skillmeat-deployed.toml", "[[deployed\n");
  REQUIRE(deploy::Drift(world.bench.context, {{never}, false, false}).error().code == Code::kFailed);
}

TEST_CASE("a sweep tells of broken records also where the log has nothing deployed any more") {
  World world;
  const fs::path other = world.bench.Path("other");
  fs::create_directories(other);
  Need(deploy::Deploy(world.bench.context, {{"a"}, other, "", false}));
  Need(deploy::Undeploy(world.bench.context, {{"a"}, other, "", false}));
  WriteFile(other / ".claude/.skillmeat-deployed.toml", "[[deployed\n");
  const auto reports = Need(deploy::Drift(world.bench.context, {{}, true, false}));
  REQUIRE(std::any_of(reports.begin(), reports.end(), [&](const auto& one) { return one.project == other && !one.notes.empty(); }));
}

TEST_CASE("the only project of a sweep that has a broken record file is told of, and is no failure") {
  testing::Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const fs::path only = bench.Path("only");
  fs::create_directories(only);
  Need(deploy::Deploy(bench.context, {{"a"}, only, "", false}));
  WriteFile(only / ".claude/.skillmeat-deployed.toml", "[[deployed\n");
  const auto reports = Need(deploy::Drift(bench.context, {{}, true, false}));
  REQUIRE(reports.size() == 1);
  REQUIRE(reports[0].notes.front().find("skillmeat-deployed.toml") != std::string::npos);
}

TEST_CASE("two checks at once record one finding") {
  World world;
  Edit(world.skill / "SKILL.md", "5", "five");
  const Seq head = world.bench.Head();
  const auto check = [&world] {
    Context context = world.bench.context;
    context.clock = &SystemClock();  // the bench's own ticks for one thread alone
    return Need(deploy::Drift(context, {{world.dir}, false, false})).front();
  };
  deploy::DriftReport theirs;
  std::thread other([&] { theirs = check(); });
  const auto mine = check();
  other.join();
  REQUIRE(mine.Count(DriftType::modified) == 1);
  REQUIRE(theirs.Count(DriftType::modified) == 1);
  const auto types = world.bench.Since(head);
  REQUIRE(std::count(types.begin(), types.end(), "drift_detected") == 1);
  REQUIRE(mine.entries[0].modification_detected_at == theirs.entries[0].modification_detected_at);
}

TEST_CASE("a copy that comes and goes while it is read is a verdict or unknown, never a failure") {
  World world;
  std::atomic<bool> stop = false;
  std::thread restless([&] {
    const fs::path away = world.dir / "away";
    while (!stop) {
      std::error_code ignored;
      fs::rename(world.skill, away, ignored);
      fs::rename(away, world.skill, ignored);
      std::ofstream(world.skill / "flicker.txt") << "x";
      fs::remove(world.skill / "flicker.txt", ignored);
    }
  });
  for (int i = 0; i < 30; ++i) {
    const auto report = deploy::Drift(world.bench.context, {{world.dir}, false, false});
    if (!report.ok()) stop = true;
    INFO((report.ok() ? "" : report.error().message));
    if (!report.ok()) restless.join();
    REQUIRE(report.ok());
  }
  stop = true;
  restless.join();
  fs::remove(world.skill / "flicker.txt");
  REQUIRE(world.DriftOf("skill:a") == DriftType::unspecified);
}

TEST_CASE("a check trusts what it hashed before, and a rehash does not") {
  World world;
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  REQUIRE(world.Drift().entries.empty());
  REQUIRE(fs::exists(world.bench.context.store / "stat"));
  Edit(world.skill / "SKILL.md", "5", "V");
  REQUIRE(world.DriftOf("skill:a") == DriftType::modified);
  REQUIRE(Need(deploy::Drift(world.bench.context, {{world.dir}, false, true})).front().Count(DriftType::modified) == 1);
}

}  // namespace
}  // namespace skilltrail
