// Selection: which artifacts a request means, and which fields of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/collection_state.h"
#include "engine/refresh/refresh.h"

namespace skilltrail::refresh {

struct Selection {
  std::vector<std::string> asked;   // ids that the request names; empty: it names none, so all
  std::vector<std::string> chosen;  // ids that pass every filter, sorted
};

// kUsage: an unknown field, with the nearest. kNotFound: an artifact that is not there. A filter that nothing passes is an empty selection.
Result<Selection> Select(const projections::CollectionState& state, const RefreshRequest& request);

// True if the request's filters let the artifact through; `asked` as in Selection.
bool Passes(const RefreshRequest& request, const std::vector<std::string>& asked, std::string_view artifact);

// True if the request looks at that field.
bool Wants(const RefreshRequest& request, std::string_view field);

// True if all that the request looks at stands in what a repository says of itself, so that no commit has to be asked for.
bool WantsRepositoryOnly(const RefreshRequest& request);

}  // namespace skilltrail::refresh
