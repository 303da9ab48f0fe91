// Sources: what a refresh learned of the repositories themselves, compared with what earlier ones learned. Pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/projections/source_state.h"
#include "engine/refresh/facts.h"
#include "events/event.h"

namespace skilltrail::refresh {

struct SourceNews {
  std::vector<schema::SourceChangedT> changes;               // by repository
  std::vector<std::unique_ptr<schema::SourceFactsT>> facts;  // for RefreshCompleted
};

// `facts` by artifact. A repository that could not be asked, or answered with anything but "not found", says nothing.
SourceNews CompareSources(const std::map<std::string, projections::SourceState>& known, const std::map<std::string, Facts>& facts);

}  // namespace skilltrail::refresh
