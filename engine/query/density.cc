#include "engine/query/density.h"

#include <algorithm>

namespace skilltrail::query {

Result<DensityReport> Density(Reading& reading, size_t count) {
  CHECK(count > 0);
  ASSIGN_OR_RETURN(const Moment last, reading.At());
  DensityReport report;
  if (last.seq == 0) return report;
  ASSIGN_OR_RETURN(const Moment first, reading.Resolve("1"));
  report.since = first.logged_at;
  report.until = last.logged_at;
  const Micros length = report.until - report.since;
  const auto spans = static_cast<Micros>(std::clamp<uint64_t>(count, 1, static_cast<uint64_t>(length) + 1));
  for (Micros i = 1; i < spans; ++i) {
    const Micros until = report.since + length / spans * i + length % spans * i / spans;
    ASSIGN_OR_RETURN(const Seq through, reading.log().SeqAtTime(until));
    report.spans.push_back({until, std::min(through, last.seq)});
  }
  report.spans.push_back({report.until, last.seq});
  return report;
}

}  // namespace skilltrail::query
