// PriorRun: what was done for a request that came with an idempotency key, for one that comes again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/session/reading.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail {

struct PriorRun {
  RunId id;
  Seq started_seq = 0;
  Digest body;             // of the request it was done for
  bool completed = false;  // false: it was cut short, or goes on still
  std::string answer;      // of its RunCompleted
};

// The run that has the key, by then; nothing if none has.
Result<std::optional<PriorRun>> FindPriorRun(const Reading& reading, std::string_view key);

}  // namespace skilltrail
