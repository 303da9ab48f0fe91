#include "engine/collection/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace skilltrail::collection {
namespace {

TEST_CASE("every piece is done once, with more threads than pieces and with fewer") {
  for (const size_t count : {0u, 1u, 3u, 1'000u}) {
    for (const size_t threads : {0u, 1u, 8u}) {
      std::vector<std::atomic<int>> done(count);
      const Status status = OnEveryCore(count,
                                        [&](size_t i) -> Status {
                                          ++done[i];
                                          return {};
                                        },
                                        {threads, {}});
      REQUIRE(status.ok());
      for (const auto& times : done) REQUIRE(times == 1);
    }
  }
}

TEST_CASE("the first failure ends the work and is told") {
  std::atomic<size_t> begun = 0;
  const auto work = [&](size_t i) -> Status {
    ++begun;
    if (i < 10) return {};
    return Error{Code::kFailed, std::to_string(i), {}};
  };
  REQUIRE(OnEveryCore(1'000'000, work, {1, {}}).error().message == "10");
  REQUIRE(begun == 11);
  begun = 0;
  REQUIRE(std::stoul(OnEveryCore(1'000'000, work, {4, {}}).error().message) >= 10);
  REQUIRE(begun < 1'000'000);
}

TEST_CASE("progress is told by the thread that waits") {
  std::vector<size_t> told;  // another thread's write would be a race
  const auto work = [](size_t) { return Status(); };
  REQUIRE(OnEveryCore(5, work, {1, [&](size_t begun) { told.push_back(begun); }}).ok());
  REQUIRE(told == std::vector<size_t>{1, 2, 3, 4, 5});
}

}  // namespace
}  // namespace skilltrail::collection
