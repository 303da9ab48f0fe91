// Documents of `source`.
#pragma once

#include "cli/documents/json.h"
#include "engine/refresh/source.h"

namespace skilltrail::cli::documents {

Json SourceJson(const refresh::SourceReport& report);
Json AcceptedJson(const refresh::AcceptReport& report);

}  // namespace skilltrail::cli::documents
