#include "engine/query/blame.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/audit.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

std::string Source(const projections::BlameChange& change) {
  auto text = change.source;
  if (!change.commit.empty()) text += (text.empty() ? "" : " ") + ShortHash(change.commit);
  return text;
}

void PrintAll(Output& out, const query::BlameReport& report) {
  Table table({{.title = "FIELD"},
               {.title = "VALUE", .flexible = true},
               {.title = "EVENT", .right = true},
               {.title = "TIME"},
               {.title = "WHO"},
               {.title = "TYPE"},
               {.title = "SOURCE"}});
  for (const auto& entry : report.entries) {
    const auto& change = entry.set.change;
    table.Add({{entry.field, entry.gone ? Paint::kDim : Paint::kCyan},
               {entry.gone ? fmt::format("(removed by event {})", entry.removed.change.seq) : change.value},
               {std::to_string(change.seq), Paint::kYellow},
               {LocalTime(change.recorded_at)},
               {entry.set.run.actor},
               {change.type},
               {Source(change)}});
  }
  if (table.empty()) out.Note(fmt::format("{} has no values", report.artifact));
  table.Print(out);
}

void PrintStep(Output& out, const char* what, const query::BlameStep& step) {
  const auto& change = step.change;
  out.Write(fmt::format("{} {} {} by {} ({})\n", out.Painted(what, Paint::kBold), out.Painted(std::to_string(change.seq), Paint::kYellow),
                        LocalTime(change.recorded_at), OneLine(step.run.actor), change.type));
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) out.Write(fmt::format("  {:<10} {}\n", name, OneLine(text)));
  };
  if (!change.removed) line("value", change.value);
  line("command", step.run.command);
  if (step.run.seq != 0) line("run", std::to_string(step.run.seq));
  line("source", change.source);
  line("commit", change.commit);
  line("validator", change.validator);
}

// One field, told whole.
void PrintOne(Output& out, const query::BlameReport& report, const query::BlameEntry& entry) {
  out.Write(
      fmt::format("{} of {}{}\n", out.Painted(OneLine(entry.field), Paint::kCyan), OneLine(report.artifact), entry.gone ? ": gone" : ""));
  for (auto step = entry.history.rbegin(); step != entry.history.rend(); ++step) {
    PrintStep(out, step->change.removed ? "removed" : "set", *step);
  }
  if (entry.imports.empty()) return;
  out.Write("imports before it\n");
  for (auto at = entry.imports.rbegin(); at != entry.imports.rend(); ++at) {
    out.Write(fmt::format("  {} {} {} {}\n", at->import.seq, LocalTime(at->import.recorded_at), at->has ? "had it" : "had it not",
                          OneLine(at->import.source)));
  }
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  const auto field = in.arguments.Word(1);
  ASSIGN_OR_RETURN(const auto report, query::BlameOf(*reading, in.arguments.Word(0), field));
  if (in.settings.json) {
    in.out.Document(documents::BlameJson(report));
    return kDone;
  }
  in.out.StartPager(in.environment);
  if (!field.empty() && field != "tags") {
    for (const auto& entry : report.entries) PrintOne(in.out, report, entry);
  } else {
    PrintAll(in.out, report);
  }
  return kDone;
}

}  // namespace

Command BlameCommand() {
  return {.path = "blame",
          .summary = "which event each value of an artifact comes from, who caused it, and what upstream had said",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name", .completes = Completes::kArtifact},
                          {.name = "FIELD",
                           .help = "description, source, content_hash, ..., tag:NAME, or tags; those that are gone too",
                           .required = false}},
          .examples = {{"blame skill:pdf", "every field and every tag that stands there"},
                       {"blame pdf tag:forms", "who brought that tag, and who took it away"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
