#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/restore_printer.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/snapshot/prune.h"

namespace skilltrail::cli {
namespace {

std::string Named(const projections::SnapshotInfo& snapshot) {
  return fmt::format("{}{} of \"{}\"", snapshot.id, snapshot.name.empty() ? "" : fmt::format(" ({})", OneLine(snapshot.name)),
                     OneLine(snapshot.collection));
}

Result<int> Restore(Invocation& in) {
  {
    ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
    ASSIGN_OR_RETURN(const auto found, reading->FindSnapshot(in.arguments.Word(0)));
    in.context.at = "snap:" + found.id;
    // An id is a time: two collections may share one.
    in.context.collection = found.collection;
  }
  const snapshot::RestoreRequest request;
  const auto print = [&](const snapshot::RestoreReport& report) {
    in.out.Notes(report.notes);
    if (in.settings.json) {
      in.out.Document(documents::RestoreJson(report));
      return kDone;
    }
    PrintRestored(report, fmt::format("restored {} to {}", Count(ChangesOf(report), "artifact"), PointText(report.as_of)), in);
    if (report.applied && ChangesOf(report) > 0) in.out.Note(fmt::format("to go back: skilltrail restore --at {}", report.safety_seq));
    return kDone;
  };
  if (in.context.dry_run || !in.settings.yes) {
    ASSIGN_OR_RETURN(const auto plan, snapshot::Plan(in.context, request));
    if (in.context.dry_run) return print(plan);
    const auto question =
        fmt::format("restoring {} of \"{}\" to {}", Count(ChangesOf(plan), "artifact"), OneLine(plan.collection), PointText(plan.as_of));
    ASSIGN_OR_RETURN(const bool agreed, AskAboutPlan(plan, question, in));
    if (!agreed) return Error{Code::kFailed, "nothing was restored: the answer was no", {}};
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Restore(in.context, request));
  return print(report);
}

Result<int> Delete(Invocation& in) {
  std::string wanted = in.arguments.Word(0);
  if (!in.context.dry_run && !in.settings.yes) {
    ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
    ASSIGN_OR_RETURN(const auto found, reading->FindSnapshot(wanted));
    ASSIGN_OR_RETURN(const bool agreed, in.Confirm(fmt::format("deleting snapshot {}", Named(found))));
    if (!agreed) return Error{Code::kFailed, "nothing was deleted: the answer was no", {}};
    wanted = found.id;  // what was agreed to
    in.context.collection = found.collection;
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Delete(in.context, wanted));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::SnapshotDeletedJson(report, in.context.dry_run));
    return kDone;
  }
  const auto& gone = report.snapshot.snapshot;
  in.out.Write(fmt::format("{} snapshot {}\n", in.context.dry_run ? "would delete" : "deleted", Named(gone)));
  in.out.Note(fmt::format("its point stays: --at {}", gone.seq));
  return kDone;
}

Result<snapshot::KeepPolicy> ReadPolicy(const Arguments& arguments) {
  snapshot::KeepPolicy policy;
  for (auto [option, count] :
       {std::pair("keep-last", &policy.last), std::pair("keep-daily", &policy.daily), std::pair("keep-weekly", &policy.weekly),
        std::pair("keep-monthly", &policy.monthly), std::pair("keep-yearly", &policy.yearly)}) {
    ASSIGN_OR_RETURN(const auto number, arguments.Number(option, 0, 1'000'000));
    *count = number.value_or(0);
  }
  if (arguments.Has("keep-within")) {
    auto within = snapshot::ParseSpan(arguments.Value("keep-within"));
    if (!within.ok()) return Error{Code::kUsage, "--keep-within: " + within.error().message, within.error().hint};
    policy.within = std::move(*within);
  }
  return policy;
}

void PrintPrune(const snapshot::PruneReport& report, Invocation& in) {
  Table table({{.title = "ID"}, {.title = "NAME"}, {.title = "TIME"}, {.title = "ACTION"}, {.title = "WHY"}});
  for (const auto& item : report.items) {
    const auto& one = item.snapshot.snapshot;
    table.Add({{one.id, Paint::kCyan},
               {one.name},
               {LocalTime(one.created_at)},
               {item.verdict.keep ? "keep" : "drop", item.verdict.keep ? Paint::kGreen : Paint::kRed},
               {Join(item.verdict.reasons)}});
  }
  table.Print(in.out);
}

Result<int> Prune(Invocation& in) {
  ASSIGN_OR_RETURN(const auto policy, ReadPolicy(in.arguments));
  if (!in.context.dry_run && !in.settings.yes) {
    Context looking = in.context;
    looking.dry_run = true;
    ASSIGN_OR_RETURN(const auto plan, snapshot::Prune(looking, policy));
    for (const auto& item : plan.items) {
      if (item.verdict.keep) continue;
      in.out.Note(fmt::format("drop  {}  {}", Named(item.snapshot.snapshot), Join(item.verdict.reasons)));
    }
    ASSIGN_OR_RETURN(const bool agreed, in.Confirm(fmt::format("deleting {} of \"{}\", keeping {}", Count(plan.dropped, "snapshot"),
                                                               OneLine(plan.collection), plan.kept)));
    if (!agreed) return Error{Code::kFailed, "nothing was deleted: the answer was no", {}};
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Prune(in.context, policy));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::PruneJson(report));
    return kDone;
  }
  PrintPrune(report, in);
  in.out.Write(fmt::format("{} {} of \"{}\", kept {}\n", in.context.dry_run ? "would delete" : "deleted", Count(report.dropped, "snapshot"),
                           OneLine(report.collection), report.kept));
  return kDone;
}

Positional SnapshotPositional() {
  return {.name = "ID", .help = "id, name, or the unique beginning of an id; of any collection"};
}

}  // namespace

Command SnapshotRestoreCommand() {
  return {.path = "snapshot restore",
          .summary = "bring a collection back to what it was at a snapshot",
          .positionals = {SnapshotPositional()},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"snapshot restore before --dry-run", "see what would change"}, {"snapshot restore before --yes", "unasked"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Restore};
}

Command SnapshotDeleteCommand() {
  return {.path = "snapshot delete",
          .summary = "let go of a snapshot's name; its point stays restorable",
          .positionals = {SnapshotPositional()},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"snapshot delete before", "asks first"}, {"snapshot delete 20260122-093000 --yes", "by the beginning of its id"}},
          .exit_codes = {kNotFoundExit, kBusyExit},
          .use = Use::kWrites,
          .run = Delete};
}

Command SnapshotPruneCommand() {
  using enum Option::Arity;
  return {
      .path = "snapshot prune",
      .summary = "delete the snapshots of a collection that no rule keeps",
      .options = {{.name = "keep-last", .arity = kOne, .metavar = "N", .help = "keep the newest N"},
                  {.name = "keep-daily", .arity = kOne, .metavar = "N", .help = "keep the newest of each of N days"},
                  {.name = "keep-weekly", .arity = kOne, .metavar = "N", .help = "keep the newest of each of N weeks"},
                  {.name = "keep-monthly", .arity = kOne, .metavar = "N", .help = "keep the newest of each of N months"},
                  {.name = "keep-yearly", .arity = kOne, .metavar = "N", .help = "keep the newest of each of N years"},
                  {.name = "keep-within", .arity = kOne, .metavar = "D", .help = "keep all within D of the newest: 12h, 30d, 8w, 6m, 1y"},
                  MessageOption(),
                  DryRunOption()},
      .examples = {{"snapshot prune --keep-last 3 --keep-weekly 8 --dry-run", "each one, and why it stays or goes"},
                   {"snapshot prune -c work --keep-within 30d --yes", "unasked"}},
      .exit_codes = {kNotFoundExit, kBusyExit},
      .use = Use::kWrites,
      .run = Prune};
}

}  // namespace skilltrail::cli
