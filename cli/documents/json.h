// What every document is made of. The key order is CONTRACT's; only .cc files that fill one in need the library itself.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/session/reading.h"
#include "events/time.h"

namespace skilltrail::cli::documents {

using Json = nlohmann::ordered_json;

// null for "".
Json TextOrNull(const std::string& text);
// RFC 3339 with microseconds and Z; null for 0.
Json TimeOrNull(Micros time);
// {"seq", "logged_at"}
Json MomentJson(const Moment& moment);

}  // namespace skilltrail::cli::documents
