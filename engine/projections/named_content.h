// NamedContent: which content an event names by its digest, so that it must be kept where the event is.
#pragma once

#include <functional>

#include "events/digest.h"
#include "events/event.h"

namespace skilltrail::projections {

enum class Named {
  kTree,  // a tree, which names files in turn
  kBlob,
};
// Calls visit for each; never with a digest of zero.
void NamedContent(const schema::Event& event, const std::function<void(Named, const Digest&)>& visit);

}  // namespace skilltrail::projections
