// The real upstream: GitHub's REST API (2022-11-28) over libcurl's multi interface. The only file with curl.
// Source of shapes and limits: docs.github.com/rest.
#pragma once

#include <memory>
#include <string>

#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

struct GithubOptions {
  std::string api = "https://api.github.com";  // plain http only to loopback, else kUsage
  std::string token;                            // sent to that API's host only; never in an error
  int max_concurrent = 10;                      // requests in flight
  int connect_timeout_ms = 10'000;
  int stall_timeout_ms = 30'000;                // no byte for that long
  size_t max_json_bytes = 64u << 20;
  size_t max_content_bytes = 256u << 20;        // blob or tarball
  ValidatorCache* validators = nullptr;         // not owned; nothing is conditional without it
  std::function<bool()> interrupted = nullptr;  // asked now and then; true ends the batch with kInterrupted
};

// Neither asks nor connects yet. kUsage for a bad API address.
Result<std::unique_ptr<Upstream>> MakeGithub(GithubOptions options);

}  // namespace skilltrail::upstream
