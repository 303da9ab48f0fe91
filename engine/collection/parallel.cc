#include "engine/collection/parallel.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace skilltrail::collection {

Status OnEveryCore(size_t count, const std::function<Status(size_t)>& work, const ParallelOptions& options) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  size_t failed_at = std::numeric_limits<size_t>::max();
  Status failure;
  const auto run = [&](bool reports) {
    for (size_t i = next++; i < count && !stopped; i = next++) {
      if (Status done = work(i); !done.ok()) {
        stopped = true;
        const std::lock_guard lock(mutex);
        if (i < failed_at) {
          failed_at = i;
          failure = std::move(done);
        }
      }
      if (reports && options.progress) options.progress(i + 1);
    }
  };
  const size_t wanted = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(wanted, count); ++i) others.emplace_back(run, false);
  run(true);
  others.clear();
  return failure;
}

}  // namespace skilltrail::collection
