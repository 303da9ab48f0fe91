// Deployed: what runs where: the deployments of projects, now or at a point of the log.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/projections/project_state.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::deploy {

struct DeployedRequest {
  std::vector<std::filesystem::path> projects;  // absolute
  bool all = false;                             // every project that has a deployment then
};
struct DeployedReport {
  struct Project {
    std::filesystem::path path;
    bool exists = true;                                // a directory now
    std::vector<projections::Deployment> deployments;  // sorted by artifact, then collection and profile root
  };
  std::vector<Project> projects;  // sorted by path
  Moment as_of;
  std::vector<std::string> notes;
};
// Of the context's collection alone if it names one. At the head, records of the peer's that the log has not taken in yet count too; a
// record file that cannot be read is a note. kNotFound for a project that neither the log nor the disk knows. Writes nothing.
Result<DeployedReport> ListDeployed(const Context& context, const DeployedRequest& request);

}  // namespace skilltrail::deploy
