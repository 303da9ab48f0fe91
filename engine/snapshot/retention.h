// Retention: which snapshots a policy keeps, and why. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"
#include "events/time.h"

namespace skilltrail::snapshot {

// A length of time as a calendar has it: months and years are as long as they are.
struct Span {
  int years = 0, months = 0, days = 0;
  int64_t hours = 0;
  std::string text;  // as it was written
};
// "2d", "12h", "1y6m2w": units y, m (months), w, d, h, each at most once. kUsage otherwise, and for a span of nothing.
Result<Span> ParseSpan(std::string_view text);
// The moment that long before; days and longer in the local time zone.
Micros Before(Micros time, const Span& span);

// What is kept is the union of the rules. Days, weeks (ISO 8601), months and years are those of the local time zone.
struct KeepPolicy {
  uint64_t last = 0;                          // the newest
  uint64_t daily = 0;                         // the newest of each of the last days that have one; so the next three
  uint64_t weekly = 0;                        //
  uint64_t monthly = 0;                       //
  uint64_t yearly = 0;                        //
  std::optional<Span> within = std::nullopt;  // everything at most that much older than the newest
  bool empty() const { return last + daily + weekly + monthly + yearly == 0 && !within; }
};

struct Verdict {
  bool keep = false;
  std::vector<std::string> reasons;  // of a kept one: each rule that keeps it; of another: why each rule does not
};
// One verdict for each time; the times go from new to old. An empty policy keeps nothing.
std::vector<Verdict> Judge(const std::vector<Micros>& newest_first, const KeepPolicy& policy);

}  // namespace skilltrail::snapshot
