// Other processes that are killed or run out of space: what they had acknowledged stays, and nothing is half there.
#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include "tests/store/log_fixture.h"
#include "tests/store/process.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;

int Rounds() {
  return std::getenv("SKILLTRAIL_LONG_TESTS") != nullptr ? 300 : 20;
}

// The last number on a line that was written whole.
Seq LastLine(const std::string& output) {
  const size_t end = output.rfind('\n');
  if (end == std::string::npos) return 0;
  const size_t before = output.rfind('\n', end == 0 ? 0 : end - 1);
  return std::stoull(output.substr(before == std::string::npos || before == end ? 0 : before + 1));
}

TEST_CASE("whenever a writer is killed, all that it acknowledged is there and the log holds together") {
  const TempDir dir;
  Take(Store::Create(dir.path(), "test", 0, SystemClock()));
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Seq acknowledged = 0;
  int killed_while_writing = 0;
  for (int round = 0; round < Rounds(); ++round) {
    Process writer({SKILLTRAIL_STORE_PROGRAM, "append", dir.path().string(), round % 2 == 0 ? "3" : "150"});
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % 150));
      writer.Kill();
    });
    const std::string output = writer.ReadAll();
    killer.join();
    REQUIRE(writer.Wait() == -1);
    if (!output.empty()) ++killed_while_writing;
    acknowledged = std::max(acknowledged, LastLine(output));

    const auto reader = Take(Store::OpenReader(dir.path(), SystemClock()));
    INFO("round " << round << ", acknowledged " << acknowledged);
    REQUIRE(reader->log->head() >= acknowledged);
    REQUIRE(WrongWith(*reader->log) == "");
  }
  REQUIRE(killed_while_writing > 0);
  const auto store = Take(Store::OpenWriter(dir.path(), "test", 0, SystemClock()));
  REQUIRE(Take(store->log->Verify({})).problems.empty());
  REQUIRE(WrongWith(*store->log) == "");
}

TEST_CASE("a full disk fails the append, stops the log, and leaves nothing half written") {
  const TempDir dir;
  Take(Store::Create(dir.path(), "test", 0, SystemClock()));
  Process writer({SKILLTRAIL_STORE_PROGRAM, "fill", dir.path().string(), "300000"});
  std::istringstream output(writer.ReadAll());
  REQUIRE(writer.Wait() == 0);
  Seq acknowledged = 0;
  std::string first;
  std::string second;
  output >> acknowledged >> first >> second;
  REQUIRE(acknowledged > 50);
  REQUIRE(first == "failed");
  REQUIRE(second == "failed");

  const auto store = Take(Store::OpenWriter(dir.path(), "test", 0, SystemClock()));
  // The append that failed may be there or not, but as a whole.
  REQUIRE((store->log->head() == acknowledged || store->log->head() == acknowledged + 50));
  REQUIRE(WrongWith(*store->log) == "");
  Take(store->log->Append(Request(store->log->head() + 1, 100)));
  REQUIRE(Take(store->log->Verify({})).problems.empty());
}

}  // namespace
}  // namespace skilltrail::store
