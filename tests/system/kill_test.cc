// Commands that are killed at random moments: what was acknowledged stays, and the next command makes the rest whole.
#include <catch2/catch.hpp>

#include "tests/system/killing.h"

namespace skilltrail::testing {
namespace {

using nlohmann::json;
class KillStory {
 public:
  explicit KillStory(unsigned seed) : killing_(world_, seed) { acknowledged_ = world_.Head(); }

  void Play(int round) {
    switch (round % 5) {
      case 0:
        collection_ = "c" + std::to_string(round);
        Finish({"collection", "create", collection_});
        world_.Set({{"repo", kRepo}, {"head", "01"}});
        Cut(With({"add", kRepo, "--all"}));
        added_ = world_.Head().seq;
        return;
      case 1:
        world_.Set({{"repo", kRepo}, {"topics", {"agent-skills", "round-" + std::to_string(round)}}});
        Cut(With({"refresh"}));
        return;
      case 2:
        world_.Set({{"repo", kRepo}, {"head", "04"}});
        Cut(With({"refresh", "--sync"}));
        return;
      case 4:
        WriteEdit("taken back in round " + std::to_string(round) + "\n");
        Finish(With({"capture"}));
        CutUndo();
        return;
      default:
        WriteEdit("edited in round " + std::to_string(round) + "\n");
        Cut(With({"restore", "--at", std::to_string(added_), "--yes"}));
        RequireEditKept();
    }
  }
  void RequireWhole() const {
    const auto report = world_.Json({"verify", "--full"});
    INFO(report.dump());
    REQUIRE(report.at("ok") == true);
    for (const auto& event : world_.Events({"--type", "content_changed"})) {
      INFO(event.dump());
      REQUIRE((event.at("data").at("cause") != "local_edit" || event.at("artifact") == kEdited));
    }
    REQUIRE(world_.Events({"--type", "artifact_removed"}).empty());
  }
  int killed() const { return killing_.killed(); }

 private:
  static constexpr const char* kRepo = "acme/agent-kit";
  static constexpr const char* kEdited = "skill:csv-cleaner";

  Arguments With(Arguments arguments) const {
    arguments.insert(arguments.begin(), {"-c", collection_});
    return arguments;
  }
  void Finish(const Arguments& arguments) {
    killing_.Finish(arguments);
    acknowledged_ = world_.Head();
  }
  // Kills the command somewhere on its way, half the time only once it writes, and judges what is left; then lets it finish.
  void Cut(const Arguments& arguments) {
    CutOnly(arguments);
    Finish(arguments);
    world_.RequireDiskFollowsLog(collection_);
    RequireAsAsked(arguments);
  }
  // An undo that got through cannot be done again: its run is no longer what was done last.
  void CutUndo() {
    const auto run = world_.Json(With({"runs", "-n", "1"})).at("runs").at(0).at("seq").get<int64_t>();
    const Arguments undo = With({"undo", std::to_string(run), "--yes"});
    const auto before = world_.Json(With({"show", kEdited, "--at", "run:" + std::to_string(run) + "-"})).at("tree");
    CutOnly(undo);
    if (world_.Json(With({"show", kEdited})).at("tree") != before) Finish(undo);
    world_.RequireDiskFollowsLog(collection_);
    REQUIRE(world_.Json(With({"show", kEdited})).at("tree") == before);
    REQUIRE(ReadFile(EditedFile()).find(edit_) == std::string::npos);
  }
  void CutOnly(const Arguments& arguments) {
    if (killing_.Chance(0.5)) {
      killing_.KillWriting(arguments);
    } else {
      killing_.Kill(arguments);
    }
    RequireAcknowledgedIsThere();
    const auto captured = world_.Json(With({"capture"}));
    INFO("capture after the cut: " << captured.dump());
    world_.RequireDiskFollowsLog(collection_);
    RequireManifestsFollowLog();
    RequireAcknowledgedIsThere();
  }
  // While a manifest is known to be behind verify has nothing to say of it.
  void RequireManifestsFollowLog() const {
    for (const auto& finding : world_.Json({"doctor"}).at("findings")) REQUIRE(finding.at("check") != "manifest");
    world_.Json({"verify", "--full"});
  }
  void RequireAcknowledgedIsThere() const {
    REQUIRE(world_.Head().seq >= acknowledged_.seq);
    const auto seq = std::to_string(acknowledged_.seq);
    const auto events = world_.Events({"--since", seq, "--until", seq});
    REQUIRE(events.size() == 1);
    REQUIRE(events[0].at("hash") == acknowledged_.hash);
  }
  // What the command was to bring about.
  void RequireAsAsked(const Arguments& arguments) const {
    const auto& verb = arguments[2];
    const auto artifacts = world_.Json(With({"list"})).at("artifacts");
    if (verb == "add") REQUIRE(artifacts.size() == 8);
    if (verb == "refresh" && arguments.size() == 3) {
      for (const auto& artifact : artifacts) REQUIRE(artifact.at("imported_tags").size() == 2);
    }
    if (arguments.back() == "--sync") {
      GithubFiles upstream;
      world_.github().site().With([&](GithubWorld& github) {
        const auto* repository = github.Find(kRepo);
        upstream = *repository->FilesOf(repository->Resolve("HEAD")->sha);
      });
      const auto present = FilesBelow(world_.collection(collection_));
      for (const auto& [path, bytes] : present) {
        INFO(path);
        if (upstream.count(path) == 1) REQUIRE((upstream.at(path).bytes == bytes));
      }
    }
    if (verb == "restore") {
      const auto then = world_.Json(With({"list", "--at", std::to_string(added_)})).at("artifacts");
      REQUIRE(artifacts.size() == then.size());
      for (size_t i = 0; i < then.size(); ++i) {
        for (const auto* same : {"id", "tree", "content_hash", "imported_tags", "metadata"})
          REQUIRE(artifacts[i].at(same) == then[i].at(same));
      }
    }
  }
  void WriteEdit(const std::string& text) {
    edit_ = text;
    edited_since_ = acknowledged_.seq + 1;
    WriteFile(EditedFile(), ReadFile(EditedFile()) + text);
  }
  std::filesystem::path EditedFile() const { return world_.collection(collection_) / "skills" / "csv-cleaner" / "SKILL.md"; }
  void RequireEditKept() const {
    for (const auto& event : world_.Events({"-c", collection_, "--since", std::to_string(edited_since_), "--type", "content_changed"})) {
      if (event.at("data").at("cause") != "local_edit") continue;
      const auto shown = world_.Run(With({"cat", kEdited, "--at", std::to_string(event.at("seq").get<int64_t>())}));
      REQUIRE(shown.code == 0);
      REQUIRE(shown.out.find(edit_) != std::string::npos);
      return;
    }
    FAIL("the edit of a person is not in the log");
  }

  World world_{SiteOptions{.limit = 1'000'000, .latency_ms = 5}};
  Killing killing_;
  std::string collection_;
  LogHead acknowledged_;
  int64_t added_ = 0;
  std::string edit_;
  int64_t edited_since_ = 0;
};

}  // namespace

TEST_CASE("a command that is killed loses nothing that was acknowledged, and the next one makes the files whole") {
  const unsigned seed = KillSeed();
  KillStory story(seed);
  for (int round = 0; round < KillRounds(15); ++round) {
    INFO("seed " << seed << ", round " << round);
    story.Play(round);
  }
  story.RequireWhole();
  // Were none of them cut, nothing was tested.
  REQUIRE(story.killed() > 0);
}

}  // namespace skilltrail::testing
