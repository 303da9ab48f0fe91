#include "engine/deploy/deployed.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "engine/deploy/records.h"
#include "engine/session/writing.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;
using projections::Deployment;
using projections::ProjectState;

DeployedReport::Project ProjectOf(const ProjectState& state, const std::string& collection) {
  std::error_code ignored;
  DeployedReport::Project project{state.project, fs::is_directory(state.project, ignored), {}};
  for (const auto& [key, deployment] : state.deployments) {
    if (collection.empty() || key.collection == collection) project.deployments.push_back(deployment);
  }
  std::sort(project.deployments.begin(), project.deployments.end(), [](const Deployment& a, const Deployment& b) {
    return std::tie(a.artifact, a.collection, a.profile_root) < std::tie(b.artifact, b.collection, b.profile_root);
  });
  return project;
}

}  // namespace

Result<DeployedReport> ListDeployed(const Context& context, const DeployedRequest& request) {
  Context looking = context;
  looking.dry_run = true;
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(looking));
  const Reading& reading = writing->reading();
  DeployedReport report;
  ASSIGN_OR_RETURN(report.as_of, reading.At());
  ASSIGN_OR_RETURN(const auto known, reading.states().Projects());
  std::set<std::string> chosen;
  if (request.all) chosen.insert(known.begin(), known.end());
  for (const auto& project : request.projects) {
    std::error_code ignored;
    if (!fs::is_directory(project, ignored) && !std::binary_search(known.begin(), known.end(), project.string())) {
      return Error{Code::kNotFound, fmt::format("no directory {}, and nothing was ever deployed there", project.string()), {}};
    }
    chosen.insert(project.string());
  }
  const bool at_head = report.as_of.seq == reading.log().head();
  std::vector<ProjectState*> present;
  for (const auto& project : chosen) {
    if (at_head) {
      ASSIGN_OR_RETURN(ProjectState * state, writing->Project(project));
      present.push_back(state);
      continue;
    }
    ASSIGN_OR_RETURN(const ProjectState then, reading.states().ProjectAt(project, report.as_of.seq));
    report.projects.push_back(ProjectOf(then, context.collection));
  }
  for (ProjectState* state : present) {
    if (Status taken = TakeInRecords(*writing, *state); !taken.ok()) report.notes.push_back(taken.error().message);
    report.projects.push_back(ProjectOf(*state, context.collection));
  }
  if (request.all) std::erase_if(report.projects, [](const auto& project) { return project.deployments.empty(); });
  return report;
}

}  // namespace skilltrail::deploy
