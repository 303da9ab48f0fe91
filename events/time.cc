#include "events/time.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace skilltrail {
namespace {

constexpr Micros kSecond = 1'000'000;
constexpr Micros kMinute = 60 * kSecond;
constexpr Micros kHour = 60 * kMinute;
constexpr Micros kDay = 24 * kHour;

constexpr Micros DayStart(int year, unsigned month, unsigned day) {
  const auto days = std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
  return days.time_since_epoch().count() * kDay;
}

// RFC 3339 has four digits for the year.
constexpr Micros kFirstTime = DayStart(0, 1, 1);
constexpr Micros kLastTime = DayStart(9999, 12, 31) + kDay - 1;

struct Parts {
  int year;
  unsigned month;
  unsigned day;
  int64_t hour;
  int64_t minute;
  int64_t second;
  int64_t micro;
};

Parts Split(Micros time) {
  const std::chrono::sys_time<std::chrono::microseconds> point{std::chrono::microseconds(std::clamp(time, kFirstTime, kLastTime))};
  const auto midnight = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{midnight};
  const Micros rest = (point - midnight).count();
  return {int{date.year()},       unsigned{date.month()},   unsigned{date.day()}, rest / kHour,
          rest % kHour / kMinute, rest % kMinute / kSecond, rest % kSecond};
}

// Takes a text apart from its front. Each step says whether it could be taken.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }

  bool TakeOneOf(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits.
  bool TakeNumber(size_t count, int* out) {
    if (rest_.size() < count) return false;
    int value = 0;
    for (char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    *out = value;
    rest_.remove_prefix(count);
    return true;
  }

  // One to nine digits behind the point, as microseconds; finer ones are cut off.
  bool TakeFraction(int* micros) {
    size_t count = 0;
    int value = 0;
    int digit = 0;
    while (TakeNumber(1, &digit)) {
      if (++count <= 6) value = value * 10 + digit;
    }
    for (size_t i = count; i < 6; ++i) value *= 10;
    *micros = value;
    return count >= 1 && count <= 9;
  }

 private:
  std::string_view rest_;
};

bool TakeDate(Scanner* scanner, std::chrono::year_month_day* out) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!scanner->TakeNumber(4, &year) || !scanner->TakeOneOf("-") || !scanner->TakeNumber(2, &month) || !scanner->TakeOneOf("-") ||
      !scanner->TakeNumber(2, &day)) {
    return false;
  }
  *out = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) / std::chrono::day(static_cast<unsigned>(day));
  return out->ok();
}

// hh:mm, as microseconds.
bool TakeHourMinute(Scanner* scanner, Micros* out) {
  int hour = 0;
  int minute = 0;
  if (!scanner->TakeNumber(2, &hour) || !scanner->TakeOneOf(":") || !scanner->TakeNumber(2, &minute)) return false;
  *out = hour * kHour + minute * kMinute;
  return hour <= 23 && minute <= 59;
}

// A leap second (":60") is refused: no moment of ours stands for it.
bool TakeClock(Scanner* scanner, Micros* out) {
  int second = 0;
  int micro = 0;
  if (!TakeHourMinute(scanner, out) || !scanner->TakeOneOf(":") || !scanner->TakeNumber(2, &second) || second > 59) return false;
  if (scanner->TakeOneOf(".") && !scanner->TakeFraction(&micro)) return false;
  *out += second * kSecond + micro;
  return true;
}

// The offset to take off a local time.
bool TakeZone(Scanner* scanner, Micros* offset) {
  *offset = 0;
  if (scanner->TakeOneOf("Zz")) return true;
  const bool east = scanner->TakeOneOf("+");
  if (!east && !scanner->TakeOneOf("-")) return false;
  if (!TakeHourMinute(scanner, offset)) return false;
  if (!east) *offset = -*offset;
  return true;
}

std::optional<Micros> Parse(std::string_view text, bool zone_needed) {
  Scanner scanner(text);
  std::chrono::year_month_day date;
  Micros clock = 0;
  Micros offset = 0;
  if (!TakeDate(&scanner, &date) || !scanner.TakeOneOf("Tt ") || !TakeClock(&scanner, &clock)) return std::nullopt;
  if ((zone_needed || !scanner.done()) && !TakeZone(&scanner, &offset)) return std::nullopt;
  if (!scanner.done()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay + clock - offset;
}

// The first moment of a local day; days out of a month's range are carried over, as mktime does.
std::optional<Micros> LocalDayStart(int year, int month, int day) {
  // Where summer time begins at midnight that hour does not exist, and mktime may answer with the evening before: then the day starts at
  // one.
  for (int hour : {0, 1}) {
    std::tm local{};
    local.tm_year = year - 1900;
    local.tm_mon = month - 1;
    local.tm_mday = day;
    local.tm_hour = hour;
    local.tm_isdst = -1;
    local.tm_wday = -1;
    const std::time_t seconds = std::mktime(&local);
    if (local.tm_wday == -1) return std::nullopt;  // -1 alone is also a second before 1970
    if (local.tm_hour < 12) return Micros{seconds} * kSecond;
  }
  return std::nullopt;
}

class RealTimeClock : public Clock {
 public:
  Micros Now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

}  // namespace

std::string FormatTime(Micros time) {
  const auto [year, month, day, hour, minute, second, micro] = Split(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", year, month, day, hour, minute, second, micro);
}

std::string FormatNaiveTime(Micros time) {
  auto text = FormatTime(time);
  text.pop_back();
  if (text.ends_with(".000000")) text.resize(text.size() - 7);
  return text;
}

std::string FormatSnapshotId(Micros time) {
  const auto [year, month, day, hour, minute, second, micro] = Split(time);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{:06}", year, month, day, hour, minute, second, micro);
}

std::optional<Micros> ParseTime(std::string_view text) {
  return Parse(text, true);
}

std::optional<Micros> ParseNaiveTime(std::string_view text) {
  return Parse(text, false);
}

std::optional<Micros> ParseLocalDate(std::string_view text) {
  Scanner scanner(text);
  std::chrono::year_month_day date;
  if (!TakeDate(&scanner, &date) || !scanner.done()) return std::nullopt;
  return LocalDayStart(int{date.year()}, static_cast<int>(unsigned{date.month()}), static_cast<int>(unsigned{date.day()}));
}

Micros LocalMidnight(Micros now, int days_before) {
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds(std::clamp(now, kFirstTime, kLastTime))).count());
  std::tm local{};
  tzset();  // localtime_r need not look at TZ, mktime does
  localtime_r(&seconds, &local);
  return LocalDayStart(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday - days_before).value_or(kFirstTime);
}

std::string FormatAgo(Micros then, Micros now) {
  if (then >= now) return "now";
  const auto passed = static_cast<uint64_t>(now) - static_cast<uint64_t>(then);
  if (passed < kSecond) return "now";
  if (passed < kMinute) return fmt::format("{}s", passed / kSecond);
  if (passed < kHour) return fmt::format("{}m", passed / kMinute);
  if (passed < kDay) return fmt::format("{}h", passed / kHour);
  return fmt::format("{}d", passed / kDay);
}

const Clock& SystemClock() {
  static const RealTimeClock clock;
  return clock;
}

}  // namespace skilltrail
