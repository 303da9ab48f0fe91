// Parallel: many independent pieces of work, on every core.
#pragma once

#include <cstddef>
#include <functional>

#include "events/result.h"

namespace skilltrail::collection {

struct ParallelOptions {
  size_t threads = 0;                    // the calling one included; 0: one a core
  std::function<void(size_t)> progress;  // called by the calling thread alone, with how many pieces were begun
};

// Calls `work` once for each index below `count`, in any order, from several threads. After a failure no further piece begins; the error
// is that of the lowest index among those that failed.
Status OnEveryCore(size_t count, const std::function<Status(size_t)>& work, const ParallelOptions& options = {});

}  // namespace skilltrail::collection
