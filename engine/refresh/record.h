// Record: under the lock, decides again on the state at head, and appends what came of it.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "engine/refresh/facts.h"
#include "engine/refresh/refresh.h"
#include "engine/refresh/select.h"
#include "engine/session/context.h"

namespace skilltrail::refresh {

// What the first phase, without the lock, has brought.
struct Findings {
  std::string collection;
  Selection selection;
  std::map<std::string, Facts> facts;  // by artifact
  upstream::Ledger ledger;             // requests of this refresh alone
  std::chrono::steady_clock::time_point began;
};

Result<RefreshReport> Record(const Context& context, const RefreshRequest& request, const Findings& findings);

}  // namespace skilltrail::refresh
