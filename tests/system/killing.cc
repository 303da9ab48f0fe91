#include "tests/system/killing.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace skilltrail::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

bool LockNames(const World& world, pid_t pid) {
  std::ifstream lock(world.store() / "lock");
  pid_t named = 0;
  return lock >> named && named == pid;
}

}  // namespace

unsigned KillSeed() {
  const char* given = std::getenv("SKILLTRAIL_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  std::cout << "SKILLTRAIL_TEST_SEED=" << seed << std::endl;
  return seed;
}

int KillRounds(int usual) {
  return std::getenv("SKILLTRAIL_LONG_TESTS") != nullptr ? 100 : usual;
}

void Killing::Finish(const Arguments& arguments) {
  const auto begin = steady_clock::now();
  const auto ending = world_.Run(arguments);
  INFO(ending.out << ending.err);
  REQUIRE(ending.code == 0);
  took_ = std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
}

void Killing::Kill(const Arguments& arguments) {
  auto program = world_.Start(arguments);
  KillWithin(program, took_ * 3 / 2);
}

void Killing::KillWriting(const Arguments& arguments) {
  auto program = world_.Start(arguments);
  while (program.Running() && !LockNames(world_, program.pid())) std::this_thread::sleep_for(microseconds(200));
  KillWithin(program, microseconds(60'000));
}

void Killing::KillWithin(Program& program, microseconds time) {
  std::this_thread::sleep_for(microseconds(std::uniform_int_distribution<int64_t>(0, time.count())(random_)));
  program.Signal(SIGKILL);
  if (program.Wait().code == 128 + SIGKILL) ++killed_;
}

}  // namespace skilltrail::testing
