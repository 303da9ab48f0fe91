#include "engine/snapshot/undo.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/history.h"
#include "cli/invocation.h"
#include "cli/restore_printer.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

void PrintOutcome(const snapshot::UndoReport& report, Invocation& in) {
  if (report.restore.plan.empty()) {
    in.out.Note(fmt::format("run {} changed no artifact: there is nothing to undo", report.undone.seq));
    return;
  }
  const std::string what = fmt::format("run {}: {}", report.undone.seq, OneLine(report.undone.command));
  PrintRestored(report.restore, fmt::format("undid {}", what), in);
  if (report.restore.applied) in.out.Note("to redo it: skilltrail undo");
}

Result<int> Run(Invocation& in) {
  snapshot::UndoRequest request;
  if (!in.arguments.words().empty()) {
    ASSIGN_OR_RETURN(request.run, ReadRunSeq(in.arguments.Word(0)));
  }
  const auto print = [&](const snapshot::UndoReport& report) {
    in.out.Notes(report.restore.notes);
    if (in.settings.json) {
      in.out.Document(documents::UndoJson(report));
    } else {
      PrintOutcome(report, in);
    }
    return kDone;
  };
  if (in.context.dry_run || !in.settings.yes) {
    Context looking = in.context;
    looking.dry_run = true;
    ASSIGN_OR_RETURN(const auto plan, snapshot::Undo(looking, request));
    if (in.context.dry_run || plan.restore.plan.empty()) return print(plan);
    const auto question =
        fmt::format("undoing run {} ({}) in \"{}\"", plan.undone.seq, OneLine(plan.undone.command), OneLine(plan.restore.collection));
    ASSIGN_OR_RETURN(const bool agreed, AskAboutPlan(plan.restore, question, in));
    if (!agreed) return Error{Code::kFailed, "nothing was undone: the answer was no", {}};
    request.run = plan.undone.seq;  // what was agreed to
  }
  ASSIGN_OR_RETURN(const auto report, snapshot::Undo(in.context, request));
  return print(report);
}

}  // namespace

Result<Seq> ReadRunSeq(const std::string& word) {
  const std::string_view digits = word.starts_with("run:") ? std::string_view(word).substr(4) : std::string_view(word);
  Seq seq = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() && !digits.empty() && seq > 0) return seq;
  return Error{Code::kUsage, fmt::format("\"{}\" is no run: a run is named by the sequence that it began at", word),
               "`skilltrail runs` lists them"};
}

Command UndoCommand() {
  return {
      .path = "undo",
      .summary = "take back what a run changed in artifacts; undoing an undo is redo",
      .positionals = {{.name = "SEQ", .help = "the run that began there; the newest that changed artifacts if absent", .required = false}},
      .options = {MessageOption(), DryRunOption()},
      .examples = {{"undo", "take back the newest change"}, {"undo 42 --dry-run", "see what undoing that run would do"}},
      .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
      .use = Use::kWrites,
      .run = Run};
}

}  // namespace skilltrail::cli
