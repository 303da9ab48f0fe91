// Density: how the log's events lie in time, for a plot of the whole of it.
#pragma once

#include <vector>

#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::query {

struct DensityReport {
  Micros since = 0;  // logged_at of the first event, and of the last; 0 for an empty log
  Micros until = 0;
  // Spans of equal length that together are [since, until].
  struct Span {
    Micros until = 0;  // inclusive
    Seq through = 0;   // the last event logged by then
  };
  std::vector<Span> spans;
};
// `count` spans, of the events up to the context's point; fewer where the log is that many microseconds long.
Result<DensityReport> Density(Reading& reading, size_t count);

}  // namespace skilltrail::query
