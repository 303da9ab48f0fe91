#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/snapshot/restore.h"

namespace skilltrail::cli {
namespace {

using Action = snapshot::PlannedArtifact::Action;

Paint PaintOf(Action action) {
  return action == Action::kCreate ? Paint::kGreen : action == Action::kRemove ? Paint::kRed : Paint::kYellow;
}

size_t Changes(const snapshot::RestoreReport& report) {
  size_t changes = 0;
  for (const auto& one : report.plan) changes += one.action == Action::kKeep ? 0 : 1;
  return changes;
}

void PrintPlan(const snapshot::RestoreReport& report, Invocation& in) {
  Table table({{.title = "ARTIFACT"}, {.title = "ACTION"}, {.title = "FILES", .right = true}});
  for (const auto& one : report.plan) {
    if (one.action == Action::kKeep && !in.settings.verbose) continue;
    table.Add({{one.artifact, Paint::kCyan}, {documents::ActionName(one.action), PaintOf(one.action)}, {std::to_string(one.files)}});
  }
  table.Print(in.out);
}

std::string PointText(const Moment& moment) {
  return moment.logged_at == 0 ? fmt::format("event {}", moment.seq)
                               : fmt::format("event {} ({})", moment.seq, LocalTime(moment.logged_at));
}

// The plan on stderr, a question under it.
Result<bool> Ask(const snapshot::RestoreReport& plan, Invocation& in) {
  if (!in.settings.yes) {
    for (const auto& one : plan.plan) {
      if (one.action != Action::kKeep) in.out.Note(fmt::format("{:6}  {}", documents::ActionName(one.action), one.artifact));
    }
  }
  return in.Confirm(fmt::format("restoring {} of \"{}\" to {}", Count(Changes(plan), "artifact"), plan.collection, PointText(plan.as_of)));
}

void PrintOutcome(const snapshot::RestoreReport& report, const std::string& target, Invocation& in) {
  PrintPlan(report, in);
  if (Changes(report) == 0) {
    in.out.Note(fmt::format("nothing to restore: it is as it was at {}", PointText(report.as_of)));
  } else if (report.applied) {
    in.out.Write(fmt::format("restored {} to {}{}\n", Count(Changes(report), "artifact"), PointText(report.as_of), target));
    if (target.empty() && report.safety_seq != 0) in.out.Note(fmt::format("to go back: skilltrail restore --at {}", report.safety_seq));
  }
}

Result<int> Run(Invocation& in) {
  if (in.settings.at.empty()) return Error{Code::kUsage, "restore: --at POINT is missing", "`skilltrail log` shows the points there are"};
  snapshot::RestoreRequest request;
  request.artifacts = in.arguments.words();
  if (in.arguments.Has("to")) request.to = AbsolutePath(in.arguments.Value("to"));

  const auto print = [&](const snapshot::RestoreReport& report) {
    in.out.Notes(report.notes);
    if (in.settings.json) {
      in.out.Document(documents::RestoreJson(report));
    } else {
      PrintOutcome(report, request.to.empty() ? "" : " in " + request.to.string(), in);
    }
    return kDone;
  };
  // Only someone who is asked needs the plan first.
  if (in.context.dry_run || (request.to.empty() && !in.settings.yes)) {
    ASSIGN_OR_RETURN(const auto plan, snapshot::Plan(in.context, request));
    if (in.context.dry_run) return print(plan);
    ASSIGN_OR_RETURN(const bool agreed, Ask(plan, in));
    if (!agreed) return Error{Code::kFailed, "nothing was restored: the answer was no", {}};
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Restore(in.context, request));
  return print(report);
}

}  // namespace

Command RestoreCommand() {
  using enum Option::Arity;
  return {.path = "restore",
          .summary = "bring a collection, or some of its artifacts, back to a point, given with --at",
          .positionals =
              {{.name = "ARTIFACT", .help = "all of them if absent", .required = false, .many = true, .completes = Completes::kArtifact}},
          .options = {{.name = "to",
                       .arity = kOne,
                       .metavar = "DIR",
                       .help = "write it there (absent or empty) and change nothing else",
                       .completes = Completes::kDirectory},
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
