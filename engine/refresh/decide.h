// Decide: what a refresh makes of one artifact. Pure: our state and upstream's facts in, entry and events out; no clock, no I/O.
#pragma once

#include <vector>

#include "engine/refresh/facts.h"
#include "engine/refresh/ours.h"
#include "engine/refresh/refresh.h"
#include "events/event.h"

namespace skilltrail::refresh {

struct Decision {
  // The content that is to replace ours.
  enum class Bring {
    kNothing,
    kUpstream,  // Facts::content; if that was not fetched, it has to be
    kBase,      // the base's: upstream has not moved, an edit of ours is to go
    kMerge,     // Facts::content merged with ours on the base's
  };

  Entry entry;
  std::vector<Payload> events;  // of the artifact, in order; without those that follow from new content
  Bring bring = Bring::kNothing;
};

Decision Decide(const Ours& ours, const Facts& facts, const RefreshRequest& request);

// The decision once it turned out that it cannot be carried out: nothing of it is applied.
Decision Refuse(Decision decision, Error error);
Decision Pass(Decision decision, std::string reason);

}  // namespace skilltrail::refresh
