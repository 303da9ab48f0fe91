#include "engine/snapshot/restore.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/restore_printer.h"
#include "cli/text.h"
#include "engine/deploy/deploy.h"

namespace skilltrail::cli {
namespace {

std::string Subject(const snapshot::RestoreReport& report) {
  return report.project.empty() ? fmt::format("\"{}\"", OneLine(report.collection)) : OneLine(report.project.string());
}

void PrintOutcome(const snapshot::RestoreReport& report, const snapshot::RestoreRequest& request, Invocation& in) {
  const std::string where = request.to.empty() ? "" : " in " + OneLine(request.to.string());
  PrintRestored(report, fmt::format("restored {} to {}{}", Count(ChangesOf(report), "artifact"), PointText(report.as_of), where), in);
  if (!report.applied || ChangesOf(report) == 0 || !request.to.empty() || report.safety_seq == 0) return;
  const std::string project = request.project.empty() ? "" : " --project " + OneLine(request.project.string());
  in.out.Note(fmt::format("to go back: skilltrail restore --at {}{}", report.safety_seq, project));
}

Result<int> Run(Invocation& in) {
  if (in.settings.at.empty()) return Error{Code::kUsage, "restore: --at POINT is missing", "`skilltrail log` shows the points there are"};
  snapshot::RestoreRequest request;
  request.artifacts = in.arguments.words();
  if (in.arguments.Has("to")) request.to = AbsolutePath(in.arguments.Value("to"));
  // A project that is gone can still be restored beside.
  if (in.arguments.Has("project")) {
    ASSIGN_OR_RETURN(request.project, deploy::NameProject(AbsolutePath(in.arguments.Value("project")), {}));
  }

  const auto print = [&](const snapshot::RestoreReport& report) {
    in.out.Notes(report.notes);
    if (in.settings.json) {
      in.out.Document(documents::RestoreJson(report));
    } else {
      PrintOutcome(report, request, in);
    }
    return kDone;
  };
  // Only someone who is asked needs the plan first.
  if (in.context.dry_run || (request.to.empty() && !in.settings.yes)) {
    ASSIGN_OR_RETURN(const auto plan, snapshot::Plan(in.context, request));
    if (in.context.dry_run) return print(plan);
    const auto question = fmt::format("restoring {} of {} to {}", Count(ChangesOf(plan), "artifact"), Subject(plan), PointText(plan.as_of));
    ASSIGN_OR_RETURN(const bool agreed, AskAboutPlan(plan, question, in));
    if (!agreed) return Error{Code::kFailed, "nothing was restored: the answer was no", {}};
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Restore(in.context, request));
  return print(report);
}

}  // namespace

Command RestoreCommand() {
  using enum Option::Arity;
  return {.path = "restore",
          .summary = "bring a collection, some of its artifacts, or a project's copies back to a point, given with --at",
          .positionals =
              {{.name = "ARTIFACT", .help = "all of them if absent", .required = false, .many = true, .completes = Completes::kArtifact}},
          .options = {{.name = "to",
                       .arity = kOne,
                       .metavar = "DIR",
                       .help = "write it there (absent or empty) and change nothing else",
                       .completes = Completes::kDirectory},
                      ProjectOption("what was deployed there then, edited copies as drift had kept them"),
                      MessageOption(),
                      DryRunOption()},
          .examples = {{"restore --at yesterday --dry-run", "see what would change"},
                       {"restore --at snap:before skill:pdf --yes", "one artifact, unasked"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
