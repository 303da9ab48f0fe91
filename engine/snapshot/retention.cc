#include "engine/snapshot/retention.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

constexpr Micros kSecond = 1'000'000;
constexpr int kMostOfAUnit = 100'000;  // keeps every sum of days and hours far inside its type

std::tm LocalOf(Micros time) {
  const auto seconds = static_cast<std::time_t>(time / kSecond - (time % kSecond < 0 ? 1 : 0));
  std::tm local{};
  localtime_r(&seconds, &local);
  return local;
}

std::string PeriodOf(Micros time, const char* format) {
  const std::tm local = LocalOf(time);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

// Gathers what the rules say of one snapshot after the other.
class Judging {
 public:
  explicit Judging(size_t count) : kept_(count), dropped_(count) {}
  void Keep(size_t index, std::string reason) { kept_[index].push_back(std::move(reason)); }
  void Pass(size_t index, std::string reason) { dropped_[index].push_back(std::move(reason)); }

  std::vector<Verdict> Verdicts() {
    std::vector<Verdict> verdicts;
    for (size_t i = 0; i < kept_.size(); ++i) {
      const bool keep = !kept_[i].empty();
      verdicts.push_back({keep, std::move(keep ? kept_[i] : dropped_[i])});
    }
    return verdicts;
  }

 private:
  std::vector<std::vector<std::string>> kept_, dropped_;
};

struct Period {
  const char* rule;    // "daily"
  const char* noun;    // "day"
  const char* format;  // of strftime: equal texts are one period
  uint64_t KeepPolicy::*count;
};
constexpr Period kPeriods[] = {{"daily", "day", "%Y-%m-%d", &KeepPolicy::daily},
                               {"weekly", "week", "%G-W%V", &KeepPolicy::weekly},
                               {"monthly", "month", "%Y-%m", &KeepPolicy::monthly},
                               {"yearly", "year", "%Y", &KeepPolicy::yearly}};

void JudgePeriods(const std::vector<Micros>& times, const Period& period, uint64_t count, Judging& judging) {
  std::string last;
  uint64_t periods = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    const std::string here = PeriodOf(times[i], period.format);
    if (here == last) {
      judging.Pass(i, fmt::format("{} {} has a newer one", period.noun, here));
    } else if (periods < count) {
      ++periods;
      judging.Keep(i, fmt::format("{}: the newest of {}", period.rule, here));
    } else {
      judging.Pass(i, fmt::format("older than {} {}{} with snapshots", count, period.noun, count == 1 ? "" : "s"));
    }
    last = here;
  }
}

}  // namespace

Result<Span> ParseSpan(std::string_view text) {
  const auto bad = [&] {
    return Error{Code::kUsage, fmt::format("{} is no length of time", Quote(text)), "write it like 12h, 30d, 8w, 6m (months) or 1y6m"};
  };
  Span span;
  span.text = text;
  std::string_view rest = text, units = "ymwdh";
  while (!rest.empty()) {
    int number = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (fault != std::errc() || rest.empty() || number < 0 || number > kMostOfAUnit) return bad();
    const size_t unit = units.find(rest.front());
    if (unit == std::string_view::npos) return bad();
    switch (units[unit]) {
      case 'y':
        span.years = number;
        break;
      case 'm':
        span.months = number;
        break;
      case 'w':
        span.days += 7 * number;
        break;
      case 'd':
        span.days += number;
        break;
      default:
        span.hours = number;
    }
    units.remove_prefix(unit + 1);
    rest.remove_prefix(1);
  }
  if (span.years == 0 && span.months == 0 && span.days == 0 && span.hours == 0) return bad();
  return span;
}

Micros Before(Micros time, const Span& span) {
  std::tm local = LocalOf(time);
  const Micros fraction = ((time % kSecond) + kSecond) % kSecond;
  local.tm_year -= span.years;
  local.tm_mon -= span.months;
  local.tm_mday -= span.days;
  local.tm_isdst = -1;
  return (static_cast<Micros>(std::mktime(&local)) - span.hours * 3600) * kSecond + fraction;
}

std::vector<Verdict> Judge(const std::vector<Micros>& newest_first, const KeepPolicy& policy) {
  Judging judging(newest_first.size());
  if (policy.last > 0) {
    for (size_t i = 0; i < newest_first.size(); ++i) {
      if (i < policy.last) {
        judging.Keep(i, fmt::format("last: number {} of {}", i + 1, policy.last));
      } else {
        judging.Pass(i, fmt::format("not among the last {}", policy.last));
      }
    }
  }
  for (const Period& period : kPeriods) {
    if (policy.*period.count > 0) JudgePeriods(newest_first, period, policy.*period.count, judging);
  }
  if (policy.within && !newest_first.empty()) {
    const Micros since = Before(newest_first.front(), *policy.within);
    for (size_t i = 0; i < newest_first.size(); ++i) {
      if (newest_first[i] >= since) {
        judging.Keep(i, fmt::format("within {} of the newest", policy.within->text));
      } else {
        judging.Pass(i, fmt::format("not within {} of the newest", policy.within->text));
      }
    }
  }
  return judging.Verdicts();
}

}  // namespace skilltrail::snapshot
