#include <limits>
#include <string>

#include "events/point.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

constexpr Micros kNow = 1'769'074'200'000'000;  // 2026-01-22T09:30:00Z
constexpr Micros kMinute = 60'000'000;
constexpr Micros kDay = 24 * 60 * kMinute;

template <class Kind>
Kind Parsed(std::string_view text) {
  CAPTURE(std::string(text));
  const auto point = ParsePoint(text, kNow);
  REQUIRE(point.ok());
  REQUIRE(std::holds_alternative<Kind>(*point));
  return std::get<Kind>(*point);
}

}  // namespace

TEST_CASE("a number is a sequence, up to 64 bits") {
  REQUIRE(Parsed<PointSeq>("1042").seq == 1042);
  REQUIRE(Parsed<PointSeq>("0").seq == 0);
  REQUIRE(Parsed<PointSeq>("18446744073709551615").seq == std::numeric_limits<Seq>::max());
  REQUIRE_FALSE(ParsePoint("18446744073709551616", kNow).ok());
}

TEST_CASE("the head and events before it") {
  REQUIRE(Parsed<PointHead>("@").before == 0);
  REQUIRE(Parsed<PointHead>("@~0").before == 0);
  REQUIRE(Parsed<PointHead>("@~3").before == 3);
}

TEST_CASE("a run's end, and just before it") {
  REQUIRE(Parsed<PointRun>("run:12").seq == 12);
  REQUIRE_FALSE(Parsed<PointRun>("run:12").before);
  REQUIRE(Parsed<PointRun>("run:12-").seq == 12);
  REQUIRE(Parsed<PointRun>("run:12-").before);
}

TEST_CASE("a snapshot by name or id") {
  REQUIRE(Parsed<PointSnapshot>("snap:before the upgrade").name == "before the upgrade");
  REQUIRE(Parsed<PointSnapshot>("snap:20260122-093000-000001").name == "20260122-093000-000001");
}

TEST_CASE("times, dates and words of the calendar") {
  REQUIRE(Parsed<PointTime>("2026-01-22T09:30:00Z").time == kNow);
  REQUIRE(Parsed<PointTime>("2026-01-22T10:29:59.999999+01:00").time == kNow - 1);
  REQUIRE(Parsed<PointTime>("2026-01-20").time == ParseLocalDate("2026-01-20"));
  REQUIRE(Parsed<PointTime>("today").time == LocalMidnight(kNow, 0));
  REQUIRE(Parsed<PointTime>("yesterday").time == LocalMidnight(kNow, 1));
}

TEST_CASE("a time ago, in every unit and spelling") {
  REQUIRE(Parsed<PointTime>("90min ago").time == kNow - 90 * kMinute);
  REQUIRE(Parsed<PointTime>("2 days ago").time == kNow - 2 * kDay);
  for (const char* text : {"2d", "2d ago", "2 d", "48h", "48 hours ago", "2880m", "172800s", "172800 seconds ago", "2 days"}) {
    REQUIRE(Parsed<PointTime>(text).time == kNow - 2 * kDay);
  }
  for (const char* text : {"1s", "1sec", "1second", "1seconds"}) REQUIRE(Parsed<PointTime>(text).time == kNow - 1'000'000);
  for (const char* text : {"1m", "1min", "1minute", "1minutes"}) REQUIRE(Parsed<PointTime>(text).time == kNow - kMinute);
  for (const char* text : {"1h", "1hour", "1hours"}) REQUIRE(Parsed<PointTime>(text).time == kNow - 60 * kMinute);
  for (const char* text : {"1w", "1week", "1 weeks ago"}) REQUIRE(Parsed<PointTime>(text).time == kNow - 7 * kDay);
  REQUIRE(Parsed<PointTime>("0d").time == kNow);
}

TEST_CASE("a point after now is refused as a future point") {
  for (const char* text : {"2026-01-22T09:30:00.000001Z", "2026-01-24", "9999-12-31T23:59:59Z"}) {
    CAPTURE(text);
    const auto point = ParsePoint(text, kNow);
    REQUIRE_FALSE(point.ok());
    REQUIRE(point.error().code == Code::kUsage);
    REQUIRE(point.error().message.find("future point") != std::string::npos);
  }
}

TEST_CASE("what is no point is refused with the forms there are") {
  for (const char* text : {"",
                           " ",
                           "@~",
                           "@~-1",
                           "@3",
                           "@@",
                           "-1",
                           "+1",
                           "1042 ",
                           "run:",
                           "run:0",
                           "run:-",
                           "run:12--",
                           "run:x",
                           "run:+1",
                           "snap:",
                           "snap",
                           "snap:\xff",
                           "Today",
                           "tomorrow",
                           "ago",
                           "d",
                           "2x",
                           "2d later",
                           "2d agoo",
                           "2dago",
                           "2 days  ",
                           "-2d",
                           "2.5d",
                           "2026-01",
                           "2026-02-30",
                           "2026-01-22T09:30:00",
                           "@~18446744073709551616",
                           "run:18446744073709551616",
                           "99999999999999999999d",
                           "9223372036854775807s ago",
                           "400000000d"}) {
    CAPTURE(text);
    const auto point = ParsePoint(text, kNow);
    REQUIRE_FALSE(point.ok());
    REQUIRE(point.error().code == Code::kUsage);
    REQUIRE(point.error().hint.find("run:SEQ") != std::string::npos);
  }
}

}  // namespace skilltrail
