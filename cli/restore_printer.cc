#include "cli/restore_printer.h"

#include <fmt/format.h>

#include "cli/documents/snapshot.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

using Action = snapshot::PlannedArtifact::Action;

Paint PaintOf(Action action) {
  return action == Action::kCreate ? Paint::kGreen : action == Action::kRemove ? Paint::kRed : Paint::kYellow;
}

}  // namespace

size_t ChangesOf(const snapshot::RestoreReport& report) {
  size_t changes = 0;
  for (const auto& one : report.plan) changes += one.action == Action::kKeep ? 0 : 1;
  return changes;
}

std::string PointText(const Moment& moment) {
  return moment.logged_at == 0 ? fmt::format("event {}", moment.seq)
                               : fmt::format("event {} ({})", moment.seq, LocalTime(moment.logged_at));
}

Result<bool> AskAboutPlan(const snapshot::RestoreReport& plan, const std::string& question, Invocation& in) {
  if (!in.settings.yes) {
    for (const auto& one : plan.plan) {
      if (one.action == Action::kKeep) continue;
      in.out.Note(fmt::format("{:6}  {}  {}, {}", documents::ActionName(one.action), OneLine(one.artifact), Count(one.files, "file"),
                              Size(one.bytes)));
    }
  }
  return in.Confirm(question);
}

void PrintRestored(const snapshot::RestoreReport& report, const std::string& done, Invocation& in) {
  Table table({{.title = "ARTIFACT"}, {.title = "ACTION"}, {.title = "FILES", .right = true}, {.title = "SIZE", .right = true}});
  for (const auto& one : report.plan) {
    if (one.action == Action::kKeep && !in.settings.verbose) continue;
    table.Add({{one.artifact, Paint::kCyan},
               {documents::ActionName(one.action), PaintOf(one.action)},
               {std::to_string(one.files)},
               {Size(one.bytes)}});
  }
  table.Print(in.out);
  if (report.plan.empty()) {
    in.out.Note(fmt::format("nothing to restore: there is no artifact at {}", PointText(report.as_of)));
  } else if (ChangesOf(report) == 0) {
    in.out.Note(fmt::format("nothing to restore: it is as it was at {}", PointText(report.as_of)));
  } else if (report.applied) {
    in.out.Write(done + "\n");
  }
}

}  // namespace skilltrail::cli
