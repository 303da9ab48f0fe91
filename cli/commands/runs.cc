#include "engine/query/runs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/diff_printer.h"
#include "cli/documents/history.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

constexpr uint64_t kTerminalRuns = 100;  // without -n, on a terminal

Cell StatusCell(const RunFacts& run) {
  if (!run.status) return {"unfinished", Paint::kRed};
  const bool good = *run.status == schema::RunStatus::completed;
  return {schema::EnumNameRunStatus(*run.status), good ? Paint::kNone : Paint::kYellow};
}

Result<int> List(Invocation& in) {
  ASSIGN_OR_RETURN(auto limit, in.arguments.Number("limit"));
  if (!limit && in.out.terminal()) limit = kTerminalRuns;
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto runs, query::Runs(*reading, limit));
  if (in.settings.json) {
    in.out.Document(documents::RunsJson(runs));
    return kDone;
  }
  in.out.StartPager(in.environment);
  Table table({{.title = "RUN", .right = true},
               {.title = "STARTED"},
               {.title = "EVENTS", .right = true},
               {.title = "STATUS"},
               {.title = "WHO"},
               {.title = "COMMAND"}});
  for (const auto& run : runs) {
    table.Add({{std::to_string(run.seq), Paint::kYellow},
               {LocalTime(run.started_at)},
               {std::to_string(run.events)},
               StatusCell(run),
               {run.actor},
               {run.command}});
  }
  if (table.empty()) in.out.Note("no runs");
  table.Print(in.out);
  return kDone;
}

void PrintKeptReport(const documents::Json& refresh, Invocation& in) {
  const auto text = [](const documents::Json& entry, const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Table table({{.title = "REFRESHED"}, {.title = "STATUS"}, {.title = "WHAT"}});
  const auto details = refresh.find("details");
  if (details == refresh.end() || !details->is_array()) return;
  for (const auto& entry : *details) {
    std::vector<std::string> words;
    if (const auto changes = entry.find("changes"); changes != entry.end() && changes->is_array()) {
      for (const auto& field : *changes) words.push_back(field.is_string() ? field.get<std::string>() : field.dump());
    }
    for (const char* key : {"reason", "error"}) {
      if (auto said = text(entry, key); !said.empty()) words.push_back(std::move(said));
    }
    table.Add({{text(entry, "artifact_id"), Paint::kCyan}, {text(entry, "status")}, {Join(words)}});
  }
  table.Print(in.out);
}

void PrintRun(const query::RunReport& report, const documents::Json& refresh, Invocation& in) {
  const RunFacts& run = report.run;
  in.out.Write(fmt::format("run {}  {}  {}\n", in.out.Painted(std::to_string(run.seq), Paint::kYellow), LocalTime(run.started_at),
                           OneLine(run.actor)));
  in.out.Write(fmt::format("    {}\n", OneLine(run.command)));
  if (!run.message.empty()) in.out.Write(fmt::format("    {}\n", OneLine(run.message)));
  in.out.Write(fmt::format("    {} to {}, {}{}\n", Count(run.events, "event"), run.last_seq, StatusCell(run).text,
                           run.collection.empty() ? "" : fmt::format(", in \"{}\"", OneLine(run.collection))));
  PrintDiffs(report.artifacts, in.out);
  for (const auto& one : report.deployments) {
    in.out.Write(fmt::format("{}  {}  {}\n", one.type, OneLine(one.artifact), OneLine(one.project)));
  }
  if (refresh.is_object()) PrintKeptReport(refresh, in);
}

Result<int> Show(Invocation& in) {
  ASSIGN_OR_RETURN(const Seq seq, ReadRunSeq(in.arguments.Word(0)));
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::ShowRun(*reading, seq));
  if (in.settings.json) {
    in.out.Document(documents::RunJson(report));
  } else {
    PrintRun(report, documents::KeptReport(report), in);
  }
  return kDone;
}

}  // namespace

Command RunsCommand() {
  using enum Option::Arity;
  return {.path = "runs",
          .summary = "what was done, command by command, newest first; in the whole store unless -c is given",
          .options = {{.name = "limit", .letter = 'n', .arity = kOne, .metavar = "N", .help = "at most so many (on a terminal 100)"}},
          .examples = {{"runs -n 5", "the newest five"}, {"runs -c work --json", "those of one collection, for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = List};
}

Command RunsShowCommand() {
  return {.path = "runs show",
          .summary = "what a run changed, and of a refresh what it found",
          .positionals = {{.name = "SEQ", .help = "the sequence that the run began at"}},
          .examples = {{"runs show 42", "artifacts, fields, tags and files"}, {"runs show 42 --json", "the same for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Show};
}

}  // namespace skilltrail::cli
