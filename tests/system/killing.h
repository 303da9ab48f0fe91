// Killing: what the tests of commands that are killed at random moments have alike.
#pragma once

#include <chrono>
#include <random>

#include "tests/system/world.h"

namespace skilltrail::testing {

// That of SKILLTRAIL_TEST_SEED, or a new one; printed, so that a failure can be played again.
unsigned KillSeed();
// 100 where SKILLTRAIL_LONG_TESTS is set.
int KillRounds(int usual);

class Killing {
 public:
  // `world` must outlive it.
  Killing(const World& world, unsigned seed) : world_(world), random_(seed) {}

  // Runs the command to its end, which must be 0, and remembers how long such a thing takes.
  void Finish(const Arguments& arguments);
  // Kills the command somewhere on its way.
  void Kill(const Arguments& arguments);
  // The same once it holds the lock, which is when it writes.
  void KillWriting(const Arguments& arguments);

  bool Chance(double share) { return std::bernoulli_distribution(share)(random_); }
  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  // How many were killed and had not ended yet.
  int killed() const { return killed_; }

 private:
  void KillWithin(Program& program, std::chrono::microseconds time);

  const World& world_;
  std::mt19937 random_;
  std::chrono::microseconds took_{300'000};
  int killed_ = 0;
};

}  // namespace skilltrail::testing
