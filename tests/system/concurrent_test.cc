// Two programs on one store: readers see a moment that was, and a second writer waits or names the first.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "tests/system/world.h"

namespace skilltrail::testing {
namespace {

using nlohmann::json;

// Stops the program while it holds the store's lock. False if it was over before.
bool StopAsWriter(const World& world, Program& program) {
  while (program.Running()) {
    std::ifstream lock(world.store() / "lock");
    pid_t named = 0;
    if (lock >> named && named == program.pid()) {
      program.Signal(SIGSTOP);
      return program.Running();
    }
  }
  return false;
}

void WriteManySkills(const std::filesystem::path& collection, int count, const std::string& body) {
  for (int i = 0; i < count; ++i) WriteSkill(collection / "skills" / ("s" + std::to_string(i)), "number " + std::to_string(i), body);
}

}  // namespace

TEST_CASE("a reader beside a writing command sees a moment of the log, whole") {
  World world(SiteOptions{.latency_ms = 20});
  auto writer = world.Start({"add", "acme/agent-kit", "--all"});
  std::vector<json> answers;
  do {
    answers.push_back(world.Json({"list"}));
  } while (writer.Running());
  REQUIRE(writer.Wait().code == 0);
  answers.push_back(world.Json({"list"}));
  REQUIRE(answers.back().at("artifacts").size() == 8);
  int64_t last = 0;
  for (const auto& answer : answers) {
    const auto seq = answer.at("as_of").at("seq").get<int64_t>();
    REQUIRE(seq >= last);
    last = seq;
    const auto count = answer.at("artifacts").size();
    REQUIRE((count == 0 || count == 8));
    REQUIRE(world.Json({"list", "--at", std::to_string(seq)}) == answer);
  }
}

TEST_CASE("a second writer waits for the first, or leaves with exit 5 and names it") {
  World world;
  WriteManySkills(world.collection(), 300, "first\n");
  REQUIRE(world.Run({"capture"}).code == 0);
  bool stopped = false;
  for (int attempt = 0; attempt < 5 && !stopped; ++attempt) {
    WriteManySkills(world.collection(), 300, "attempt " + std::to_string(attempt) + "\n");
    auto first = world.Start({"capture", "-m", "the first"});
    stopped = StopAsWriter(world, first);
    if (!stopped) continue;
    const auto anchor = world.anchor();
    for (const std::string timeout : {"0", "1"}) {
      const auto refused = world.Run({"capture", "--lock-timeout", timeout});
      INFO(refused.err);
      REQUIRE(refused.code == 5);
      REQUIRE(refused.err.find("error: ") != std::string::npos);
      REQUIRE(refused.err.find(std::to_string(first.pid())) != std::string::npos);
      REQUIRE(refused.err.find("skilltrail capture") != std::string::npos);
    }
    REQUIRE(world.anchor() == anchor);
    WriteFile(world.root() / "own" / "SKILL.md", "---\ndescription: mine\n---\nHello.\n");
    auto second = world.Start({"add", (world.root() / "own").string(), "--lock-timeout", "60"});
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    REQUIRE(second.Running());
    first.Signal(SIGCONT);
    REQUIRE(first.Wait().code == 0);
    const auto ending = second.Wait();
    INFO(ending.err);
    REQUIRE(ending.code == 0);
    REQUIRE(world.Json({"list"}).at("artifacts").size() == 301);
    world.RequireDiskFollowsLog("default");
  }
  REQUIRE(stopped);
}

TEST_CASE("writers at the same time all get their turn") {
  World world;
  std::vector<std::unique_ptr<Program>> writers;
  for (int i = 0; i < 4; ++i) {
    const auto folder = world.root() / ("own" + std::to_string(i));
    WriteSkill(folder, "mine");
    writers.push_back(std::make_unique<Program>(Arguments{SKILLTRAIL_PROGRAM, "add", folder.string(), "--lock-timeout", "60"},
                                                world.environment, world.scratch()));
  }
  for (const auto& writer : writers) {
    const auto ending = writer->Wait();
    INFO(ending.err);
    REQUIRE(ending.code == 0);
  }
  REQUIRE(world.Json({"list"}).at("artifacts").size() == 4);
  world.Head();
  world.RequireDiskFollowsLog("default");
}

}  // namespace skilltrail::testing
