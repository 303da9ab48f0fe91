// deploy, undeploy, deployed, drift, pull.
#pragma once

#include "cli/documents/json.h"
#include "engine/deploy/deploy.h"
#include "engine/deploy/deployed.h"
#include "engine/deploy/drift.h"
#include "engine/deploy/pull.h"

namespace skilltrail::cli::documents {

// {"collection", "project_path", "run_id", "dry_run", "artifacts": [{"artifact_id", "path", "merged_into", "action"}], "notes"}
Json DeployJson(const deploy::DeployReport& report, bool dry_run);
// {"projects": [{"project_path", "exists", "artifacts": [{"artifact_id", "collection", "profile", "profile_root", "path", "content_hash",
// "tree", "tags", "deployed_at", "drift_type", "modification_detected_at"}]}], "as_of"}
Json DeployedJson(const deploy::DeployedReport& report);
// {"collection", "project_path", "strategy", "run_id", "dry_run", "artifacts": [{"artifact_id", "action", "fork", "files", "conflicts"}],
// "notes"}
Json PullJson(const deploy::PullReport& report, bool dry_run);
Json DriftJson(const deploy::DriftReport& report);
// {"projects": [...]}
Json DriftsJson(const std::vector<deploy::DriftReport>& reports);

}  // namespace skilltrail::cli::documents
