// Times: microseconds since 1970-01-01 UTC. Text is RFC 3339, always with microseconds and Z. Times become sequences at the edge; nothing
// inside compares them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skilltrail {

using Micros = int64_t;  // µs since the epoch, UTC

// "2026-01-22T09:30:00.000001Z". All three forms have four digits for the year: a time outside of 0000 to 9999 is written as the nearest
// one inside.
std::string FormatTime(Micros time);
// SkillMeat's form: no zone, no fraction when it is zero: "2026-03-01T08:00:00.000001" (INTEROP: ISO strings, UTC naive).
std::string FormatNaiveTime(Micros time);
// "YYYYmmdd-HHMMSS-ffffff", a snapshot's id.
std::string FormatSnapshotId(Micros time);
// RFC 3339 with any zone and up to nine digits of fraction (cut to six), "T" or a blank between. Nothing if it is not one, not a real date,
// or a leap second.
std::optional<Micros> ParseTime(std::string_view text);
// As ParseTime, and a text without zone is read as UTC: SkillMeat's form.
std::optional<Micros> ParseNaiveTime(std::string_view text);
// Midnight of "YYYY-MM-DD" in the local time zone; nothing if it is not a date.
std::optional<Micros> ParseLocalDate(std::string_view text);
// Midnight of the local day that holds `now`, and that many days before.
Micros LocalMidnight(Micros now, int days_before);
// "40s", "3m", "2h", "5d" since `then`, "now" below a second: for a terminal.
std::string FormatAgo(Micros then, Micros now);

// The seam to the outside; a test has its own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros Now() const = 0;
};
// The system's real-time clock. Lives for the process.
const Clock& SystemClock();

}  // namespace skilltrail
