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
// claude_code/.claude and the others of INTEROP, by id or by root with or without its dot. Any other word with a dot in front is a root of
// its own, and its id the word without it. kUsage with the nearest for another one.
Result<Profile> FindProfile(std::string_view word);

// The project a command means: DIR as given (made absolute, kNotFound if it is no directory), else the nearest directory upward from `cwd`
// that has a profile root, else `cwd`.
Result<std::filesystem::path> FindProject(const std::filesystem::path& dir, const std::filesystem::path& cwd);

// The same for a command that only tells what the log knows: `dir` need not exist.
Result<std::filesystem::path> NameProject(const std::filesystem::path& dir, const std::filesystem::path& cwd);

struct DeployRequest {
  std::vector<std::string> artifacts;
  std::filesystem::path project;  // absolute
  std::string profile;            // empty: claude_code to deploy, whichever has it to undeploy
  bool overwrite = false;
};
struct DeployedItem {
  std::string artifact;
  std::string path;    // relative to the project
  std::string action;  // "deployed", "unchanged", "undeployed"
  // Of a hook or MCP server: the file that its entries are merged into, relative to the project; then `path` has only its other files.
  std::string merged_into;
};
struct DeployReport {
  std::string collection;
  std::filesystem::path project;
  std::string run_id;
  std::vector<DeployedItem> items;  // sorted by artifact
  std::vector<std::string> notes;
};
// A hook's entries are merged into settings.json and a server's into .mcp.json, by their own keys; the other files of it, if it has any,
// stand at `path`. Undeploy takes out those very entries. All or nothing: an unknown artifact is kNotFound; a local edit in the way is
// kConflict naming each, unless `overwrite`, which keeps its bytes first, as is an MCP server whose name another deployed one has in the
// same file; kUsage for a type that cannot be deployed, and for an artifact that holds nothing to deploy.
Result<DeployReport> Deploy(const Context& context, const DeployRequest& request);
Result<DeployReport> Undeploy(const Context& context, const DeployRequest& request);

}  // namespace skilltrail::deploy
