// Doctor: what is wrong or untidy in a store, what would mend it, and the mending.
#pragma once

#include <string>
#include <vector>

#include "engine/refresh/limits.h"
#include "engine/session/context.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::upkeep {

struct Finding {
  std::string
      check;  // "store", "log", "index", "blobs", "anchor", "checkpoints", "staging", "pending", "manifest", "settings", "clock", "scratch"
  bool damage = false;  // false: untidy, of no consequence
  std::string problem;
  std::string fix;        // what mends it; a command, or what --fix does
  bool mendable = false;  // by --fix
  bool fixed = false;
};
struct DoctorReport {
  Seq head = 0;
  std::vector<std::string> checks;  // that were made, in their order
  std::vector<Finding> findings;
  std::vector<refresh::KnownLimit> limits;  // what upstream last said of how much may be asked
  bool healthy() const;                     // no damage is left
};
// Looks, and with `fix` mends what can be mended under the store's lock. A store that cannot be opened is a finding, not an error;
// kNotFound if there is none, kBusy if it is to be mended and another process writes.
Result<DoctorReport> Examine(const Context& context, bool fix);

}  // namespace skilltrail::upkeep
