#include "engine/manifest/local_time.h"

#include <algorithm>
#include <ctime>

namespace skilltrail::manifest {
namespace {

constexpr Micros kSecond = 1'000'000;

Micros FloorSeconds(Micros time) {
  return time / kSecond - (time % kSecond < 0 ? 1 : 0);
}

bool SameReading(const std::tm& a, const std::tm& b) {
  return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday && a.tm_hour == b.tm_hour && a.tm_min == b.tm_min && a.tm_sec == b.tm_sec;
}

}  // namespace

std::optional<Micros> ParseLocalTime(std::string_view text) {
  if (const auto zoned = ParseTime(text)) return zoned;
  const auto naive = ParseNaiveTime(text);
  if (!naive) return std::nullopt;
  const Micros seconds = FloorSeconds(*naive);
  const Micros micros = *naive - seconds * kSecond;
  const std::time_t as_if_utc = seconds;
  std::tm reading{};
  gmtime_r(&as_if_utc, &reading);

  // Left alone, mktime may take either moment of a reading that the clock showed twice; so both are asked for. Where daylight saving has
  // no part, they are the same.
  std::optional<std::time_t> shown;
  std::optional<std::time_t> latest;
  for (const int daylight_saving : {0, 1}) {
    std::tm candidate = reading;
    candidate.tm_isdst = daylight_saving;
    const std::time_t moment = std::mktime(&candidate);
    if (SameReading(candidate, reading)) shown = std::min(shown.value_or(moment), moment);
    latest = std::max(latest.value_or(moment), moment);
  }
  return Micros{shown.value_or(*latest)} * kSecond + micros;
}

std::string FormatLocalTime(Micros time) {
  const std::time_t seconds = FloorSeconds(time);
  std::tm reading{};
  tzset();  // localtime_r need not look at TZ, mktime does
  localtime_r(&seconds, &reading);
  return FormatNaiveTime(Micros{timegm(&reading)} * kSecond + (time - Micros{seconds} * kSecond));
}

}  // namespace skilltrail::manifest
