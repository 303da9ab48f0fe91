#include <cstdlib>
#include <limits>
#include <string>

#include "events/time.h"

#include <ctime>

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

constexpr Micros kSample = 1'769'074'200'000'001;  // 2026-01-22T09:30:00.000001Z

// Sets the local time zone for the length of a test.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    if (const char* old = std::getenv("TZ")) old_ = old;
    Set(zone);
  }
  ~LocalZone() { Set(old_.c_str()); }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;

 private:
  static void Set(const char* zone) {
    if (*zone == '\0') {
      unsetenv("TZ");
    } else {
      setenv("TZ", zone, 1);
    }
    tzset();
  }
  std::string old_;
};

}  // namespace

TEST_CASE("a time is written with microseconds and Z, for the peer without, and as a snapshot id") {
  REQUIRE(FormatTime(kSample) == "2026-01-22T09:30:00.000001Z");
  REQUIRE(FormatTime(0) == "1970-01-01T00:00:00.000000Z");
  REQUIRE(FormatTime(-1) == "1969-12-31T23:59:59.999999Z");
  REQUIRE(FormatNaiveTime(kSample) == "2026-01-22T09:30:00.000001");
  REQUIRE(FormatNaiveTime(kSample - 1) == "2026-01-22T09:30:00");
  REQUIRE(FormatSnapshotId(kSample) == "20260122-093000-000001");
}

TEST_CASE("a time beyond four-digit years is written as the nearest one within") {
  REQUIRE(FormatTime(std::numeric_limits<Micros>::max()) == "9999-12-31T23:59:59.999999Z");
  REQUIRE(FormatTime(std::numeric_limits<Micros>::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("RFC 3339 is read with any zone and up to nine digits of fraction") {
  REQUIRE(ParseTime("2026-01-22T09:30:00.000001Z") == kSample);
  REQUIRE(ParseTime("2026-01-22 09:30:00.000001z") == kSample);
  REQUIRE(ParseTime("2026-01-22t10:30:00.000001+01:00") == kSample);
  REQUIRE(ParseTime("2026-01-21T21:45:00.000001999-11:45") == kSample);
  REQUIRE(ParseTime("2026-01-22T09:30:00Z") == kSample - 1);
  REQUIRE(ParseTime("2026-01-22T09:30:00.5Z") == kSample - 1 + 500'000);
  REQUIRE(ParseTime("2026-01-22T09:30:00-00:00") == kSample - 1);
  REQUIRE(ParseTime("0000-01-01T00:00:00Z") == Micros{-62'167'219'200'000'000});
  REQUIRE(ParseTime("9999-12-31T23:59:59.999999999-23:59"));
}

TEST_CASE("leap years follow the Gregorian rule") {
  REQUIRE(ParseTime("2024-02-29T00:00:00Z"));
  REQUIRE(ParseTime("2000-02-29T00:00:00Z"));
  REQUIRE_FALSE(ParseTime("2026-02-29T00:00:00Z"));
  REQUIRE_FALSE(ParseTime("1900-02-29T00:00:00Z"));
  REQUIRE_FALSE(ParseTime("2024-02-30T00:00:00Z"));
}

TEST_CASE("what is not a time is not read") {
  for (const char* text : {"",
                           "2026-01-22",
                           "2026-01-22T09:30Z",
                           "2026-01-22T09:30:00",
                           "2026-01-22T09:30:00.Z",
                           "2026-01-22T09:30:00.0123456789Z",
                           "2026-01-22T24:00:00Z",
                           "2026-01-22T09:60:00Z",
                           "2026-01-22T09:30:60Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-01-22T09:30:00+24:00",
                           "2026-01-22T09:30:00+01:60",
                           "2026-01-22T09:30:00+0100",
                           "2026-01-22T09:30:00Z ",
                           " 2026-01-22T09:30:00Z",
                           "2026-1-22T09:30:00Z",
                           "+026-01-22T09:30:00Z",
                           "2026-01-22_09:30:00Z",
                           "12026-01-22T09:30:00Z",
                           "2026-01-22T09:30:00ZZ",
                           "2026-01-22T09:30:00,5Z"}) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseTime(text));
  }
}

TEST_CASE("a time without zone is UTC where the peer's form is read") {
  REQUIRE(ParseNaiveTime("2026-01-22T09:30:00.000001") == kSample);
  REQUIRE(ParseNaiveTime("2026-01-22 09:30:00") == kSample - 1);
  REQUIRE(ParseNaiveTime("2026-01-22T10:30:00.000001+01:00") == kSample);
  REQUIRE_FALSE(ParseNaiveTime("2026-01-22"));
  REQUIRE_FALSE(ParseNaiveTime("2026-01-22T09:30:00 "));
}

TEST_CASE("written times are read back to the same microsecond") {
  for (Micros time = -1'000'000'000'000'000; time < 4'000'000'000'000'000; time += 7'777'777'777'777) {
    REQUIRE(ParseTime(FormatTime(time)) == time);
    REQUIRE(ParseNaiveTime(FormatNaiveTime(time)) == time);
  }
}

TEST_CASE("a date is its local midnight") {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  REQUIRE(ParseLocalDate("2026-01-22") == ParseTime("2026-01-21T23:00:00Z"));
  REQUIRE(ParseLocalDate("2026-07-01") == ParseTime("2026-06-30T22:00:00Z"));
  REQUIRE(ParseLocalDate("1970-01-01") == ParseTime("1969-12-31T23:00:00Z"));
  REQUIRE_FALSE(ParseLocalDate("2026-02-30"));
  REQUIRE_FALSE(ParseLocalDate("2026-01-22T"));
  REQUIRE_FALSE(ParseLocalDate("22-01-2026"));
}

TEST_CASE("local days before a moment have their own midnight across summer time") {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const auto monday = *ParseTime("2026-03-30T10:00:00Z");  // summer time began on Sunday the 29th
  REQUIRE(LocalMidnight(monday, 0) == ParseTime("2026-03-29T22:00:00Z"));
  REQUIRE(LocalMidnight(monday, 1) == ParseTime("2026-03-28T23:00:00Z"));
  REQUIRE(LocalMidnight(monday, 30) == ParseTime("2026-02-27T23:00:00Z"));
  REQUIRE(LocalMidnight(*ParseTime("2026-03-29T22:30:00Z"), 0) == ParseTime("2026-03-29T22:00:00Z"));
}

TEST_CASE("a day whose midnight is skipped by summer time starts at one") {
  const LocalZone zone("XST3XDT,M9.1.0/0,M4.1.0/0");
  REQUIRE(ParseLocalDate("2026-09-06") == ParseTime("2026-09-06T03:00:00Z"));  // 01:00 of summer time
}

TEST_CASE("an age has one unit") {
  const Micros now = kSample;
  const Micros second = 1'000'000;
  REQUIRE(FormatAgo(now, now) == "now");
  REQUIRE(FormatAgo(now + second, now) == "now");
  REQUIRE(FormatAgo(now - 59 * second, now) == "59s");
  REQUIRE(FormatAgo(now - 60 * second, now) == "1m");
  REQUIRE(FormatAgo(now - 3'599 * second, now) == "59m");
  REQUIRE(FormatAgo(now - 2 * 3'600 * second, now) == "2h");
  REQUIRE(FormatAgo(now - 5 * 86'400 * second, now) == "5d");
  REQUIRE(FormatAgo(std::numeric_limits<Micros>::min(), std::numeric_limits<Micros>::max()) == "213503982d");
}

}  // namespace skilltrail
