// ProjectPast: what stood in a project at a point. Inner to this room.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/reading.h"

namespace skilltrail::snapshot {

struct PastCopy {
  projections::Deployment deployment;
  Digest tree;  // what its path showed: the edited copy where drift had kept it, else what was deployed; zero: nobody kept it
  // The finding that was open about the edited copy.
  std::optional<schema::DriftDetectedT> finding;
};
using ProjectPast = std::map<projections::DeploymentKey, PastCopy>;

// Of that project at the moment: the deployments of the context's collection, or of all, and only those of `artifacts` if any are named
// (type:name, or a bare name). kNotFound if nothing was ever deployed there, or an artifact was not deployed there then or is not now.
Result<ProjectPast> ReadProjectPast(const Reading& reading, const std::filesystem::path& project, const std::vector<std::string>& artifacts,
                                    const Moment& moment);
// True if the deployment is among those that ReadProjectPast would give.
bool Wanted(const Reading& reading, const projections::DeploymentKey& key, const std::vector<std::string>& artifacts, const Moment& moment);

}  // namespace skilltrail::snapshot
