#include "engine/refresh/source.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/source.h"
#include "cli/invocation.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

std::string TimeAndAge(Micros time, Micros now) {
  return time == 0 ? "never" : fmt::format("{} ({})", LocalTime(time), Age(time, now));
}

void Print(const refresh::SourceReport& report, Invocation& in) {
  const auto line = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) in.out.Write(fmt::format("  {:<12} {}\n", label, OneLine(value)));
  };
  in.out.Write(in.out.Painted(OneLine(report.artifact), Paint::kBold) + "\n");
  line("source", report.source.empty() ? "local" : report.source);
  if (report.source.empty()) return;
  line("repository",
       report.repository_id == 0 ? report.repository : fmt::format("{} (number {})", report.repository, report.repository_id));
  line("url", report.origin_source);
  line("follows", report.version_spec);
  line("commit", report.resolved_sha);
  line("refreshed", TimeAndAge(report.last_refreshed_at, in.now()));
  if (const auto& state = report.state) {
    if (state->said_at != 0) {
      line("visibility", state->is_private ? "private" : "public");
      line("license", state->license);
      line("archived", state->archived ? "yes" : "no");
    }
    if (state->lost_at != 0)
      line("lost", fmt::format("since {}, not found {} in a row", LocalTime(state->lost_at), Count(state->failures, "time")));
  }
  if (report.trouble) line("not compared", fmt::format("{}: {}", LocalTime(report.trouble->seen_at), report.trouble->why));
  for (const auto& move : report.moves) line("moved", fmt::format("{}: {} -> {}", LocalTime(move.moved_at), move.before, move.after));
  if (report.identity) {
    line("identity", fmt::format("another repository (number {}) has answered under this name since {}", report.identity->after,
                                 LocalTime(report.identity->seen_at)));
    in.out.Note(fmt::format("nothing is taken from it until: skilltrail source accept {}", report.artifact));
  }
}

Result<int> Show(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, refresh::ShowSource(in.context, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::SourceJson(report));
  } else {
    Print(report, in);
  }
  return kDone;
}

Result<int> Accept(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, refresh::AcceptSource(in.context, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::AcceptedJson(report));
  } else {
    in.out.Write(fmt::format("{}{}: repository number {} is its source from now on\n", in.context.dry_run ? "would accept: " : "",
                             OneLine(report.artifact), report.repository_id));
  }
  return kDone;
}

}  // namespace

Command SourceShowCommand() {
  return {.path = "source show",
          .summary = "show where an artifact comes from and how its repository fares",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name"}},
          .examples = {{"source show skill:pdf", "its repository, and whether that moved, vanished or became another"},
                       {"source show pdf --at '2 days ago' --json", "as it was, for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Show};
}

Command SourceAcceptCommand() {
  return {.path = "source accept",
          .summary = "accept that another repository answers under the old name",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name"}},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"source accept skill:pdf", "the next refresh takes what the new repository says"},
                       {"source accept skill:pdf --dry-run", "only look whether there is one"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Accept};
}

}  // namespace skilltrail::cli
