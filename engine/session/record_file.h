// RecordFile: .skillmeat-deployed.toml of a project, written from the log. deploy/records.h takes in what others write there.
#pragma once

#include <string_view>

#include "engine/manifest/manifest.h"
#include "engine/projections/project_state.h"
#include "events/result.h"

namespace skilltrail {

projections::DeploymentKey KeyOf(const manifest::Deployed& record);

// Rewrites the record files so that they say what the state does; `log` has the events that led to it. A record that the state has not goes
// if the log has undeployed it since it was made; else it is somebody else's, which nobody has taken in yet, and stays.
Status WriteRecords(const projections::ProjectState& state, const store::EventLog& log);

// A project whose record files are behind the log stands among EventLog::ManifestsBehind by its absolute path, as no collection does.
bool IsRecordsMark(std::string_view name);
Result<bool> RecordsBehind(const store::EventLog& log, std::string_view project);

}  // namespace skilltrail
