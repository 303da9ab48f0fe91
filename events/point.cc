#include "events/point.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "events/name.h"

namespace skilltrail {
namespace {

constexpr const char* kForms =
    "write a sequence (1042), @ or @~3, run:SEQ or run:SEQ-, snap:NAME, a time with zone (2026-01-22T09:30:00Z), a date (2026-01-22), "
    "today, "
    "yesterday, or a time ago: 90min ago, 2 days ago, 2d";

Error Usage(std::string message) {
  return {Code::kUsage, std::move(message), kForms};
}

Error NotAPoint(std::string_view text) {
  return Usage(Quote(text) + " is not a point of the log");
}

// Digits only, and within 64 bits.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Micros> UnitLength(std::string_view unit) {
  constexpr Micros kSecond = 1'000'000;
  constexpr Micros kMinute = 60 * kSecond;
  constexpr Micros kHour = 60 * kMinute;
  constexpr Micros kDay = 24 * kHour;
  constexpr Micros kWeek = 7 * kDay;
  static constexpr std::pair<std::string_view, Micros> kUnits[] = {
      {"s", kSecond},      {"sec", kSecond},     {"second", kSecond}, {"seconds", kSecond}, {"m", kMinute},   {"min", kMinute},
      {"minute", kMinute}, {"minutes", kMinute}, {"h", kHour},        {"hour", kHour},      {"hours", kHour}, {"d", kDay},
      {"day", kDay},       {"days", kDay},       {"w", kWeek},        {"week", kWeek},      {"weeks", kWeek},
  };
  for (const auto& [word, length] : kUnits) {
    if (unit == word) return length;
  }
  return std::nullopt;
}

std::string_view TrimFront(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

// "2d", "2 days ago"; nothing if it is not of that form.
std::optional<Result<Point>> ParseAgo(std::string_view text, Micros now) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto rest = TrimFront(text.substr(digits));
  const auto unit = rest.substr(0, rest.find(' '));
  const auto length = UnitLength(unit);
  const auto word = rest.substr(unit.size());
  if (digits == 0 || !length || !(word.empty() || TrimFront(word) == "ago")) return std::nullopt;
  Micros count = 0;
  Micros back = 0;
  Micros time = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + digits, count);
  if (error != std::errc() || __builtin_mul_overflow(count, *length, &back) || __builtin_sub_overflow(now, back, &time)) {
    return Result<Point>(Usage(Quote(text) + " is too far back"));
  }
  return Result<Point>(Point(PointTime{time}));
}

Result<Point> PastTime(std::string_view text, Micros time, Micros now) {
  if (time > now) return Error{Code::kUsage, fmt::format("{} is a future point: it is now {}", Quote(text), FormatTime(now)), kForms};
  return Point(PointTime{time});
}

Result<Point> ParseHead(std::string_view text) {
  if (text == "@") return Point(PointHead{});
  const auto before = text.starts_with("@~") ? ParseNumber(text.substr(2)) : std::nullopt;
  if (!before) return NotAPoint(text);
  return Point(PointHead{*before});
}

Result<Point> ParseRun(std::string_view text) {
  auto number = text.substr(std::string_view("run:").size());
  const bool before = number.ends_with('-');
  if (before) number.remove_suffix(1);
  const auto seq = ParseNumber(number);
  if (!seq || *seq == 0) return NotAPoint(text);
  return Point(PointRun{*seq, before});
}

Result<Point> ParseSnapshot(std::string_view text) {
  const auto name = text.substr(std::string_view("snap:").size());
  if (name.empty() || !IsUtf8(name)) return NotAPoint(text);
  return Point(PointSnapshot{std::string(name)});
}

}  // namespace

Result<Point> ParsePoint(std::string_view text, Micros now) {
  if (text.starts_with('@')) return ParseHead(text);
  if (text.starts_with("run:")) return ParseRun(text);
  if (text.starts_with("snap:")) return ParseSnapshot(text);
  if (text == "today") return Point(PointTime{LocalMidnight(now, 0)});
  if (text == "yesterday") return Point(PointTime{LocalMidnight(now, 1)});
  if (const auto seq = ParseNumber(text)) return Point(PointSeq{*seq});
  if (const auto time = ParseTime(text)) return PastTime(text, *time, now);
  if (const auto date = ParseLocalDate(text)) return PastTime(text, *date, now);
  if (auto ago = ParseAgo(text, now)) return *std::move(ago);
  return NotAPoint(text);
}

}  // namespace skilltrail
