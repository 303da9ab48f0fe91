// The real upstream: GitHub's REST API (2022-11-28) over libcurl's multi interface. Source of shapes and limits: docs.github.com/rest.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

// At most so many requests in any stretch of time that long.
struct Pace {
  size_t requests = 0;
  std::chrono::milliseconds window{};
};

struct GithubOptions {
  std::string api = "https://api.github.com";  // plain http only to loopback, else kUsage
  std::string token = {};                      // sent to that API's host and port only; never in an error
  int max_concurrent = 20;                     // requests in flight: some ten repositories with two each
  int connect_timeout_ms = 10'000;
  int stall_timeout_ms = 30'000;                // no byte for that long
  int max_retry_wait_ms = 10'000;               // a longer Retry-After is not waited for: kRateLimited
  size_t max_json_bytes = 64u << 20;            // of a tree; a repository and a commit say less
  size_t max_content_bytes = 256u << 20;        // blob or tarball
  bool wait_for_limit = false;                  // an exhausted limit is waited for, not answered with kRateLimited
  std::string ca_file = {};                     // PEM bundle of the authorities to trust; empty: the system's
  std::optional<Pace> pace = {};                // absent: GitHub's published one for api.github.com, none elsewhere
  std::optional<int> reserve_percent = {};      // of the limit, left to others; absent: 1 for api.github.com, 0 elsewhere
  std::function<bool()> interrupted = nullptr;  // asked now and then; true ends the batch with kInterrupted
};

// Neither asks nor connects yet. kUsage for a bad API address or token. The client keeps its connections, and remembers an exhausted limit
// until it is reset: make one for each command, not one for each question. Not thread-safe. Proxies are taken from the environment, as
// libcurl does, but never for a loopback API.
Result<std::unique_ptr<Upstream>> MakeGithub(GithubOptions options);

}  // namespace skilltrail::upstream
