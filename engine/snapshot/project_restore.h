// The restore of a project's copies. Inner to this room; restore.h has the contract.
#pragma once

#include "engine/snapshot/restore.h"

namespace skilltrail::snapshot {

Result<RestoreReport> RestoreProject(const Context& context, const RestoreRequest& request);
Result<RestoreReport> RestoreProjectBeside(const Context& context, const RestoreRequest& request);

}  // namespace skilltrail::snapshot
