// Serve: the door, the server and their services put together.
#pragma once

#include <functional>
#include <string>

#include "cli/http/server.h"
#include "cli/http/services.h"
#include "events/result.h"

namespace skilltrail::cli::http {

struct ServeRequest {
  Endpoint listen;
  std::string token;   // empty: none; then the address must be a loopback one
  bool quiet = false;  // no line a request
};
// Serves until it is told to stop, and returns the signal that told it. `listening` is called with the URL once it listens.
Result<int> Serve(Services& services, const ServeRequest& request, const std::function<void(const std::string& url)>& listening);

}  // namespace skilltrail::cli::http
