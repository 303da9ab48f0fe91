// Point: a moment of the log as a person writes it. It becomes one sequence at the edge (Engine::Resolve).
//
//   1042            that sequence
//   @  @~3          the head; three events before it
//   run:SEQ         the end of the run that began at SEQ
//   run:SEQ-        just before that run
//   snap:NAME|ID    a snapshot (implies its collection)
//   RFC 3339        the last event logged at or before that time
//   2026-01-22  today  yesterday        local midnight
//   90min ago  2 days ago  2d           relative to now; units s, min, h, d, w
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "events/id.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail {

struct PointSeq {
  Seq seq = 0;
};
struct PointHead {
  Seq before = 0;  // events before the head
};
struct PointRun {
  Seq seq = 0;
  bool before = false;  // just before it, rather than its end
};
struct PointSnapshot {
  std::string name;
};
struct PointTime {
  Micros time = 0;
};
using Point = std::variant<PointSeq, PointHead, PointRun, PointSnapshot, PointTime>;

// kUsage with the forms in its hint if `text` is none of them. A time after `now` is kUsage too: a future point.
Result<Point> ParsePoint(std::string_view text, Micros now);

}  // namespace skilltrail
