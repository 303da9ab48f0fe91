// A restore that cannot be carried out says so first, and has changed nothing.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "engine/session/writing.h"
#include "engine/snapshot/snapshot.h"
#include "engine/snapshot/undo.h"
#include "tests/support/small_disk.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

namespace fs = std::filesystem;
using testing::Need;
using testing::ReadFile;
using testing::SmallDisk;
using testing::Workbench;
using testing::WriteFile;

// A collection "lib" in a directory of its own, with a skill that had large content at `then`.
class TargetBench : public Workbench {
 public:
  void Fill() {
    WriteFile(lib / "skills/a/SKILL.md", "a\n");
    WriteFile(lib / "skills/a/data.txt", std::string(400 << 10, 'x'));
    Need(curate::Adopt(context, {lib, "lib"}));
    context.collection = "lib";
    then = Head();
    fs::remove(lib / "skills/a/data.txt");
    WriteFile(lib / "skills/a/SKILL.md", "now\n");
    Capture();
  }
  Error Refused() {
    const Seq head = Head();
    context.at = std::to_string(then);
    const auto restored = snapshot::Restore(context, {});
    context.at.clear();
    REQUIRE_FALSE(restored.ok());
    REQUIRE(Head() == head);
    REQUIRE(ReadFile(lib / "skills/a/SKILL.md") == "now\n");
    return restored.error();
  }
  void RequireRestores() {
    context.at = std::to_string(then);
    Need(snapshot::Restore(context, {}));
    context.at.clear();
    REQUIRE(ReadFile(lib / "skills/a/SKILL.md") == "a\n");
  }
  fs::path lib = Path("lib");
  Seq then = 0;
};

TEST_CASE("onto a full disk nothing is restored, and it is once there is room") {
  TargetBench bench;
  const SmallDisk disk(bench.lib, "900k");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  bench.Fill();
  WriteFile(bench.lib / "ballast", std::string(600 << 10, 'b'));
  const auto refused = bench.Refused();
  REQUIRE(refused.code == Code::kFailed);
  REQUIRE(refused.message.find("are free") != std::string::npos);
  REQUIRE(refused.message.find("lib/skills") != std::string::npos);
  const auto undone = snapshot::Undo(bench.context, {});
  REQUIRE(undone.error().code == Code::kFailed);
  fs::remove(bench.lib / "ballast");
  bench.RequireRestores();
}

TEST_CASE("onto a file system that is read-only nothing is restored") {
  TargetBench bench;
  const SmallDisk disk(bench.lib, "2m");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  bench.Fill();
  REQUIRE(disk.MakeReadOnly());
  const auto refused = bench.Refused();
  REQUIRE(refused.code == Code::kFailed);
  REQUIRE(refused.message.find("Read-only file system") != std::string::npos);
  REQUIRE(disk.MakeWritable());
  bench.RequireRestores();
}

TEST_CASE("a folder on another file system than its collection is named before anything is done") {
  TargetBench bench;
  fs::create_directories(bench.lib / "skills");
  const SmallDisk disk(bench.lib / "skills", "2m");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  bench.Fill();
  const auto refused = bench.Refused();
  REQUIRE(refused.code == Code::kFailed);
  REQUIRE(refused.message.find("another file system") != std::string::npos);
}

TEST_CASE("a symbolic link in an artifact's place is never replaced") {
  TargetBench bench;
  bench.Fill();
  fs::rename(bench.lib / "skills/a", bench.Path("elsewhere"));
  fs::create_symlink(bench.Path("elsewhere"), bench.lib / "skills/a");
  const auto refused = bench.Refused();
  REQUIRE(refused.code == Code::kConflict);
  REQUIRE(refused.message.find("symbolic link") != std::string::npos);
  REQUIRE(fs::is_symlink(bench.lib / "skills/a"));
}

TEST_CASE("what is no artifact and stands where one is to come back is in the way, and stays") {
  TargetBench bench;
  bench.Fill();
  Need(curate::Remove(bench.context, {"a"}));
  WriteFile(bench.lib / "skills/a/draft.txt", "not yet a skill\n");
  const Seq head = bench.Head();
  bench.context.at = std::to_string(bench.then);
  const auto refused = snapshot::Restore(bench.context, {});
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE(refused.error().message.find("skills/a is in the way") != std::string::npos);
  REQUIRE(bench.Head() == head);
  REQUIRE(ReadFile(bench.lib / "skills/a/draft.txt") == "not yet a skill\n");
  fs::remove(bench.lib / "skills/a/draft.txt");
  Need(snapshot::Restore(bench.context, {}));
  REQUIRE(ReadFile(bench.lib / "skills/a/SKILL.md") == "a\n");
}

TEST_CASE("a restore that was cut off after its events is finished by the next command, and said") {
  TargetBench bench;
  bench.Fill();
  Need(curate::Remove(bench.context, {"a"}));
  {
    const SmallDisk disk(bench.lib / "skills", "2m");  // files cannot be placed there
    if (!disk.mounted()) {
      WARN("skipped: this process may not mount a small file system");
      return;
    }
    auto writing = Need(Writing::Open(bench.context));
    auto* const state = Need(writing->Collection("lib"));
    REQUIRE(state->size() == 0);
    const auto past = Need(writing->reading().states().ArtifactAt("lib", "skill:a", bench.then));
    schema::ArtifactRestoredT restored;
    restored.record = std::make_unique<schema::ArtifactRecordT>(*past);
    writing->Add({"lib", "skill:a", {}, std::move(restored)});
    writing->AddFileWork({bench.lib / "skills/a", {}, DigestFromBytes(past->tree.data(), past->tree.size()), "lib", "skill:a"});
    REQUIRE(writing->Finish().error().message.find("another file system") != std::string::npos);
  }
  REQUIRE_FALSE(fs::exists(bench.lib / "skills/a"));
  const auto next = Need(snapshot::Create(bench.context, {"next", false}));
  REQUIRE(next.notes.size() == 1);
  REQUIRE(next.notes[0].find("finished the file work of an interrupted command") != std::string::npos);
  REQUIRE(ReadFile(bench.lib / "skills/a/SKILL.md") == "a\n");
}

TEST_CASE("beside, a link, a file and a directory in use are refused, and a full disk leaves nothing behind") {
  TargetBench bench;
  bench.Fill();
  fs::create_directory_symlink(bench.lib, bench.Path("link"));
  fs::create_symlink(bench.Path("nowhere"), bench.Path("dangling"));
  WriteFile(bench.Path("file"), "f");
  bench.context.at = std::to_string(bench.then);
  for (const char* name : {"link", "dangling", "file", "lib"}) {
    INFO(name);
    REQUIRE(snapshot::Restore(bench.context, {{}, bench.Path(name), {}}).error().code == Code::kConflict);
  }
  REQUIRE(ReadFile(bench.lib / "skills/a/SKILL.md") == "now\n");
  const SmallDisk disk(bench.Path("small"), "200k");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  const auto refused = snapshot::Restore(bench.context, {{}, bench.Path("small") / "out", {}});
  REQUIRE(refused.error().code == Code::kFailed);
  REQUIRE(refused.error().message.find("No space left") != std::string::npos);
  REQUIRE(fs::is_empty(bench.Path("small")));
}

}  // namespace
}  // namespace skilltrail
