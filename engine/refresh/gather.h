// Gather: asks upstream about many artifacts: each repository, and each ref of it, once, whatever the number of artifacts that come from
// it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/refresh/facts.h"
#include "engine/refresh/refresh.h"
#include "engine/refresh/stated_cache.h"
#include "engine/session/reading.h"

namespace skilltrail::refresh {

// By artifact; repositories are asked in the order of their first artifact. Artifacts without a source are left out. The store is read,
// nothing is written; an error is the store's, upstream's are facts. `stated` is asked, and told what it did not know. `news` is called
// once, as soon as upstream has answered anything but that nothing changed.
Result<std::map<std::string, Facts>> Gather(const Context& context, upstream::Upstream& upstream, const Reading& reading,
                                            const projections::CollectionState& state, const std::vector<std::string>& artifacts,
                                            const RefreshRequest& request, StatedCache& stated, const std::function<void()>& news);

}  // namespace skilltrail::refresh
