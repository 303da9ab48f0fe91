// Gather: asks upstream about many artifacts: each repository, and each ref of it, once, whatever the number of artifacts that come from
// it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/refresh/facts.h"
#include "engine/refresh/refresh.h"
#include "engine/session/reading.h"

namespace skilltrail::refresh {

// By artifact; repositories are asked in the order of their first artifact. Artifacts without a source are left out. The store is read,
// nothing is written; an error is the store's, upstream's are facts.
Result<std::map<std::string, Facts>> Gather(const Context& context, upstream::Upstream& upstream, const Reading& reading,
                                            const projections::CollectionState& state, const std::vector<std::string>& artifacts,
                                            const RefreshRequest& request);

}  // namespace skilltrail::refresh
