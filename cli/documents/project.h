// deploy, undeploy, drift.
#pragma once

#include "cli/documents/json.h"
#include "engine/deploy/deploy.h"
#include "engine/deploy/drift.h"

namespace skilltrail::cli::documents {

// {"collection", "project_path", "run_id", "dry_run", "artifacts": [{"artifact_id", "path", "action"}], "notes"}
Json DeployJson(const deploy::DeployReport& report, bool dry_run);
Json DriftJson(const deploy::DriftReport& report);
// {"projects": [...]}
Json DriftsJson(const std::vector<deploy::DriftReport>& reports);

}  // namespace skilltrail::cli::documents
