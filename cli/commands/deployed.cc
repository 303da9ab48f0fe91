#include "engine/deploy/deployed.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/project.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/deploy/deploy.h"

namespace skilltrail::cli {
namespace {

void Print(const deploy::DeployedReport::Project& project, Invocation& in) {
  in.out.Write(fmt::format("{}: {}{}\n", in.out.Painted(OneLine(project.path.string()), Paint::kBold),
                           Count(project.deployments.size(), "artifact"), project.exists ? "" : ", the directory is gone"));
  Table table({{.title = "ARTIFACT"},
               {.title = "FROM"},
               {.title = "DEPLOYED"},
               {.title = "CONTENT"},
               {.title = "PATH", .flexible = true},
               {.title = "DRIFT"}});
  for (const auto& deployment : project.deployments) {
    table.Add({{deployment.artifact, Paint::kCyan},
               {deployment.collection},
               {LocalTime(deployment.deployed_at)},
               {ShortHash(deployment.content_hash)},
               {(std::filesystem::path(deployment.profile_root) / deployment.path).string()},
               {deployment.drift ? schema::EnumNameDriftType(deployment.drift->type) : "", Paint::kYellow}});
  }
  table.Print(in.out);
}

Result<int> Run(Invocation& in) {
  deploy::DeployedRequest request;
  request.all = in.arguments.Has("all");
  const auto given = in.arguments.Values("project");
  if (request.all && !given.empty()) return Error{Code::kUsage, "--all and --project exclude each other", {}};
  std::error_code fault;
  const auto cwd = std::filesystem::current_path(fault);
  for (const auto& dir : given) {
    ASSIGN_OR_RETURN(auto project, deploy::NameProject(dir, cwd));
    request.projects.push_back(std::move(project));
  }
  if (!request.all && given.empty()) {
    ASSIGN_OR_RETURN(auto project, in.Project());
    request.projects.push_back(std::move(project));
  }
  ASSIGN_OR_RETURN(const auto report, deploy::ListDeployed(in.context, request));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::DeployedJson(report));
    return kDone;
  }
  for (const auto& project : report.projects) Print(project, in);
  if (report.projects.empty()) in.out.Note("nothing is deployed anywhere");
  return kDone;
}

}  // namespace

Command DeployedCommand() {
  auto project = ProjectOption("where (nearest directory upward with a .claude, else here); again for more");
  project.arity = Option::Arity::kRepeated;
  return {.path = "deployed",
          .summary = "list what is deployed where",
          .options = {project, {.name = "all", .help = "every project with a deployment"}},
          .examples = {{"deployed --all", "what runs where"}, {"deployed --project ~/site --at yesterday", "what ran there then"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
