#include "engine/deploy/deploy.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/project.h"
#include "cli/invocation.h"
#include "cli/table.h"

namespace skilltrail::cli {
namespace {

int Print(const deploy::DeployReport& report, Invocation& in) {
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::DeployJson(report, in.context.dry_run));
    return kDone;
  }
  Table table({{.title = "ARTIFACT"}, {.title = "STATUS"}, {.title = "PATH"}});
  for (const auto& item : report.items) {
    table.Add({{item.artifact, Paint::kCyan},
               {item.action, item.action == "unchanged" ? Paint::kDim : Paint::kGreen},
               {(report.project / (item.merged_into.empty() ? item.path : item.merged_into)).string()}});
  }
  table.Print(in.out);
  return kDone;
}

deploy::DeployRequest ReadRequest(const Invocation& in) {
  deploy::DeployRequest request;
  request.artifacts = in.arguments.words();
  request.profile = in.arguments.Value("profile");
  request.overwrite = in.arguments.Has("overwrite");
  return request;
}

Result<int> Deploy(Invocation& in) {
  auto request = ReadRequest(in);
  ASSIGN_OR_RETURN(request.project, in.Project());
  ASSIGN_OR_RETURN(const auto report, deploy::Deploy(in.context, request));
  return Print(report, in);
}

Result<int> Undeploy(Invocation& in) {
  auto request = ReadRequest(in);
  // A project that is gone is forgotten by taking out what is deployed there.
  ASSIGN_OR_RETURN(request.project,
                   in.arguments.Has("project") ? deploy::NameProject(AbsolutePath(in.arguments.Value("project")), {}) : in.Project());
  ASSIGN_OR_RETURN(const auto report, deploy::Undeploy(in.context, request));
  return Print(report, in);
}

Positional Artifacts() {
  return {.name = "ARTIFACT", .help = "type:name, or a bare name", .many = true, .completes = Completes::kArtifact};
}

}  // namespace

Command DeployCommand() {
  return {.path = "deploy",
          .summary = "copy artifacts into a project, and record what was put there",
          .positionals = {Artifacts()},
          .options = {ProjectOption("where (nearest directory upward with a .claude, else here)"),
                      ProfileOption("whose directory: claude_code (.claude, the default), codex, gemini, cursor, or a name with its dot"),
                      {.name = "overwrite", .help = "over a local edit, which is captured first"},
                      MessageOption(),
                      DryRunOption()},
          .examples = {{"deploy skill:pdf --project ~/site", "one skill"}, {"deploy pdf review", "two, into the project around here"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Deploy};
}

Command UndeployCommand() {
  return {.path = "undeploy",
          .summary = "take deployed copies out of a project",
          .positionals = {Artifacts()},
          .options = {ProjectOption("where, also one that is gone (nearest directory upward with a .claude, else here)"),
                      ProfileOption("whose directory (the one that has it)"),
                      {.name = "overwrite", .help = "even a copy with local edits, which are captured first"},
                      MessageOption(),
                      DryRunOption()},
          .examples = {{"undeploy skill:pdf --project ~/site", "one skill"}, {"undeploy pdf --dry-run", "see what would go"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Undeploy};
}

}  // namespace skilltrail::cli
