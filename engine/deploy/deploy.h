// Deploy: copies of artifacts in projects, and the record of what was put there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/context.h"
#include "events/result.h"

namespace skilltrail::deploy {

struct Profile {
  std::string id = "claude_code";
  std::string root = ".claude";
};
// claude_code/.claude and the others of INTEROP; kUsage with the nearest for an unknown one. Accepts the id, or the root with or without
// its dot.
Result<Profile> FindProfile(std::string_view word);

// The project a command means: DIR as given (made absolute, kNotFound if it is no directory), else the nearest directory upward from `cwd`
// that has a profile root, else `cwd`.
Result<std::filesystem::path> FindProject(const std::filesystem::path& dir, const std::filesystem::path& cwd);

struct DeployRequest {
  std::vector<std::string> artifacts;
  std::filesystem::path project;  // absolute
  std::string profile;            // empty: claude_code
  bool overwrite = false;
};
struct DeployedItem {
  std::string artifact;
  std::string path;    // relative to the project
  std::string action;  // "deployed", "unchanged", "undeployed"
};
struct DeployReport {
  std::string collection;
  std::filesystem::path project;
  std::string run_id;
  std::vector<DeployedItem> items;  // sorted by artifact
  std::vector<std::string> notes;
};
// All or nothing: an unknown artifact is kNotFound; a local edit in the way is kConflict naming each, unless `overwrite`, which keeps its
// bytes first; kUsage for a type that cannot be deployed.
Result<DeployReport> Deploy(const Context& context, const DeployRequest& request);
Result<DeployReport> Undeploy(const Context& context, const DeployRequest& request);

}  // namespace skilltrail::deploy
