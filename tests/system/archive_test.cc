// Export, import and prune that are killed at random moments, or find the disk full: what is there is whole, and the next try does it.
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/small_disk.h"
#include "tests/system/killing.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A world with a collection "lib" of some size, a snapshot of it, and one of every round.
class ArchiveStory {
 public:
  explicit ArchiveStory(unsigned seed) : killing_(world_, seed) {
    for (int i = 0; i < 60; ++i) {
      const auto skill = lib() / "skills" / ("s" + std::to_string(i));
      WriteSkill(skill, "Number " + std::to_string(i), std::string(2000 + 37 * static_cast<size_t>(i), 'x') + "\n");
    }
    Need({"adopt", lib().string(), "--name", "lib"});
    Need({"-c", "lib", "snapshot", "create", "first"});
    WriteSkill(lib() / "skills" / "s0", "Another");
    Need({"-c", "lib", "snapshot", "create", "second"});
    whole_ = world_.root() / "whole.tar.zst";
    Need({"snapshot", "export", "second", whole_.string()});
  }

  fs::path lib() const { return world_.root() / "lib"; }
  const World& world() const { return world_; }
  const fs::path& whole() const { return whole_; }
  int killed() const { return killing_.killed(); }

  void Need(const Arguments& arguments) { killing_.Finish(arguments); }

  void Export(int round) {
    const auto file = world_.root() / ("out" + std::to_string(round) + ".tar.zst");
    const Arguments arguments = {"snapshot", "export", "second", file.string()};
    killing_.Kill(arguments);
    if (fs::exists(file)) REQUIRE(ReadFile(file) == ReadFile(whole_));
    Need(arguments);
    REQUIRE(ReadFile(file) == ReadFile(whole_));
    fs::remove(file);
  }

  void Import(int round) {
    const auto name = "i" + std::to_string(round);
    const Arguments arguments = {"snapshot", "import", whole_.string(), "--as", name};
    killing_.Kill(arguments);
    Need(arguments);
    Need({"-c", name, "capture"});
    world_.RequireDiskFollowsLog(name);
    REQUIRE(world_.Json({"-c", name, "list"}).at("artifacts").size() == 60);
  }

  void Prune(int round) {
    const std::string name = "p" + std::to_string(round);
    for (const char* part : {"a", "b", "c"}) Need({"-c", "lib", "snapshot", "create", name + part});
    const auto before = world_.Json({"-c", "lib", "snapshot", "list", "--limit", "100"}).at("items");
    const Arguments arguments = {"-c", "lib", "snapshot", "prune", "--keep-last", "2", "--yes"};
    killing_.Kill(arguments);
    // All of them, or none: it is one batch.
    const auto after = world_.Json({"-c", "lib", "snapshot", "list", "--limit", "100"}).at("items").size();
    REQUIRE((after == before.size() || after == 2));
    Need(arguments);
    REQUIRE(world_.Json({"-c", "lib", "snapshot", "list"}).at("items").size() == 2);
    // The names are gone, the points are not.
    const auto seq = std::to_string(before.back().at("seq").get<int64_t>());
    REQUIRE(world_.Json({"-c", "lib", "list", "--at", seq}).at("artifacts").size() == 60);
  }

 private:
  World world_;
  Killing killing_;
  fs::path whole_;
};

}  // namespace

TEST_CASE("an export, an import or a prune that is killed leaves nothing half, and the next one does it") {
  const unsigned seed = KillSeed();
  const int rounds = KillRounds(18);
  ArchiveStory story(seed);
  for (int round = 0; round < rounds; ++round) {
    INFO("seed " << seed << ", round " << round);
    // Prune last: it lets go of the snapshot that the others need.
    if (round < rounds / 3) {
      story.Export(round);
    } else if (round < rounds * 2 / 3) {
      story.Import(round);
    } else {
      story.Prune(round);
    }
  }
  REQUIRE(story.world().Json({"verify", "--full"}).at("ok") == true);
  // Were none of them cut, nothing was tested.
  REQUIRE(story.killed() > 0);
}

TEST_CASE("an import into its own name that is killed is done by the next, events and files") {
  const unsigned seed = KillSeed();
  ArchiveStory home(seed);
  for (int round = 0; round < KillRounds(18) / 3; ++round) {
    INFO("seed " << seed << ", round " << round);
    const World world;
    const Arguments arguments = {"snapshot", "import", home.whole().string()};
    Killing(world, seed + static_cast<unsigned>(round)).Kill(arguments);
    const auto ending = world.Run(arguments);
    INFO(ending.err);
    REQUIRE(ending.code == 0);
    REQUIRE(world.Run({"-c", "lib", "capture"}).code == 0);
    world.RequireDiskFollowsLog("lib");
    const auto again = world.root() / "again.tar.zst";
    REQUIRE(world.Run({"snapshot", "export", "second", again.string()}).code == 0);
    REQUIRE(ReadFile(again) == ReadFile(home.whole()));
    REQUIRE(world.Json({"verify", "--full"}).at("ok") == true);
  }
}

TEST_CASE("a full disk stops an export and an import with a clear error, and nothing is left half") {
  const World world;
  std::mt19937 random(20260126);
  const auto lib = world.root() / "lib";
  for (int i = 0; i < 40; ++i) {
    std::string body(100'000, ' ');
    for (char& c : body) c = static_cast<char>('a' + random() % 26);  // does not pack well
    WriteSkill(lib / "skills" / ("s" + std::to_string(i)), "d", body + "\n");
  }
  REQUIRE(world.Run({"adopt", lib.string(), "--name", "lib"}).code == 0);
  REQUIRE(world.Run({"-c", "lib", "snapshot", "create", "s"}).code == 0);
  const auto whole = world.root() / "whole.tar.zst";
  REQUIRE(world.Run({"snapshot", "export", "s", whole.string()}).code == 0);

  for (const char* size : {"64k", "1m", "2m"}) {
    const SmallDisk disk(world.root() / "small", size);
    if (!disk.mounted()) {
      WARN("this process may not mount a file system: a full disk was not tried");
      return;
    }
    const auto file = disk.at() / "s.tar.zst";
    const auto ending = world.Run({"snapshot", "export", "s", file.string()});
    INFO(size << ": " << ending.err);
    REQUIRE(ending.code == 1);
    REQUIRE(ending.err.find("No space left on device") != std::string::npos);
    REQUIRE(fs::is_empty(disk.at()));
  }
  for (const char* size : {"3m", "6m", "9m", "12m", "16m", "40m"}) {
    const SmallDisk disk(world.root() / "small", size);
    World other;
    other.environment["SKILLTRAIL_STORE"] = (disk.at() / "store").string();
    if (other.Run({"init"}).code != 0) continue;
    const auto ending = other.Run({"snapshot", "import", whole.string()});
    INFO(size << ": " << ending.code << " " << ending.err);
    REQUIRE((ending.code == 0 || ending.code == 1));
    const auto listed = other.Run({"-c", "lib", "--json", "list"});
    if (ending.code == 0) {
      REQUIRE(json::parse(listed.out).at("artifacts").size() == 40);
    } else {
      REQUIRE(ending.err.find("error: ") != std::string::npos);
    }
    const auto verified = json::parse(other.Run({"--json", "verify"}).out);
    REQUIRE(verified.at("ok") == true);
  }
}

}  // namespace skilltrail::testing
