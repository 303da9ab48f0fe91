#include "engine/snapshot/retention.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <random>

namespace skilltrail::snapshot {
namespace {

Micros At(const char* time) {
  return ParseTime(time).value();
}

// Days are those of the local time zone; here it is one with summer time.
struct Zone {
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

std::string Kept(const std::vector<Micros>& times, const KeepPolicy& policy) {
  std::string marks;
  for (const auto& verdict : Judge(times, policy)) {
    REQUIRE_FALSE(verdict.reasons.empty());
    marks += verdict.keep ? 'k' : '-';
  }
  return marks;
}

KeepPolicy Within(const char* span) {
  KeepPolicy policy;
  policy.within = ParseSpan(span).value();
  return policy;
}

TEST_CASE("each rule keeps the newest of its period, and what any rule keeps is kept") {
  const Zone zone("UTC");
  const std::vector<Micros> times = {At("2026-03-02T18:00:00Z"), At("2026-03-02T08:00:00Z"), At("2026-03-01T12:00:00Z"),
                                     At("2026-02-20T12:00:00Z"), At("2026-02-10T12:00:00Z"), At("2025-12-31T12:00:00Z")};
  REQUIRE(Kept(times, {.last = 2}) == "kk----");
  REQUIRE(Kept(times, {.daily = 2}) == "k-k---");
  // Monday 2 March begins a week; Sunday 1 March ends the one before.
  REQUIRE(Kept(times, {.weekly = 2}) == "k-k---");
  REQUIRE(Kept(times, {.monthly = 3}) == "k--k-k");
  REQUIRE(Kept(times, {.yearly = 2}) == "k----k");
  REQUIRE(Kept(times, {.last = 1, .yearly = 5}) == "k----k");
  REQUIRE(Kept(times, Within("2d")) == "kkk---");
  REQUIRE(Kept(times, Within("1y")) == "kkkkkk");
  REQUIRE(Kept(times, {.last = 100}) == "kkkkkk");
  REQUIRE(Kept({}, {.last = 1}).empty());
}

TEST_CASE("each verdict says why") {
  const Zone zone("UTC");
  const auto verdicts = Judge({At("2026-03-02T18:00:00Z"), At("2026-03-02T08:00:00Z")}, {.last = 1, .daily = 1});
  REQUIRE(verdicts[0].reasons == std::vector<std::string>{"last: number 1 of 1", "daily: the newest of 2026-03-02"});
  REQUIRE(verdicts[1].reasons == std::vector<std::string>{"not among the last 1", "day 2026-03-02 has a newer one"});
}

TEST_CASE("days are local, and a day is a day when the clocks change") {
  const Zone zone("Europe/Berlin");
  // 23:30 UTC is the next day in Berlin.
  REQUIRE(Kept({At("2026-03-02T08:00:00Z"), At("2026-03-01T23:30:00Z"), At("2026-03-01T22:30:00Z")}, {.daily = 5}) == "k-k");
  // Across 29 March 2026, when an hour is skipped: noon a day before is 23 hours ago.
  const Micros noon = At("2026-03-29T10:00:00Z");
  REQUIRE(Before(noon, ParseSpan("1d").value()) == At("2026-03-28T11:00:00Z"));
  REQUIRE(Before(noon, ParseSpan("24h").value()) == At("2026-03-28T10:00:00Z"));
}

TEST_CASE("a length of time is written in one way") {
  for (const char* good : {"12h", "30d", "8w", "6m", "1y", "1y6m2w3d12h"}) REQUIRE(ParseSpan(good).ok());
  for (const char* bad : {"", "d", "5", "0d", "-1d", "3d2w", "2d2d", "1.5d", "1d ", "999999999d", "1 d"}) {
    INFO(bad);
    REQUIRE(ParseSpan(bad).error().code == Code::kUsage);
  }
}

TEST_CASE("more to keep never keeps less, and the newest is kept by every rule") {
  const Zone zone("UTC");
  std::mt19937_64 random(20260122);
  std::vector<Micros> times;
  Micros time = At("2026-11-24T12:00:00Z");
  for (int i = 0; i < 400; ++i) {
    times.push_back(time);
    time -= static_cast<Micros>(random() % (3ull * 86'400'000'000));
  }
  for (auto rule : {&KeepPolicy::last, &KeepPolicy::daily, &KeepPolicy::weekly, &KeepPolicy::monthly, &KeepPolicy::yearly}) {
    size_t before = 0;
    for (uint64_t count = 1; count < 50; ++count) {
      KeepPolicy policy;
      policy.*rule = count;
      const auto verdicts = Judge(times, policy);
      size_t kept = 0;
      for (const auto& verdict : verdicts) kept += verdict.keep ? 1 : 0;
      REQUIRE(verdicts.front().keep);
      REQUIRE(kept <= count);
      REQUIRE(kept >= before);
      before = kept;
    }
  }
}

}  // namespace
}  // namespace skilltrail::snapshot
