#include "engine/query/stats.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/audit.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

constexpr uint64_t kArtifacts = 10;

void PrintCounts(Output& out, const char* title, const std::vector<query::EventCount>& counts) {
  if (counts.empty()) return;
  Table table({{.title = title, .flexible = true}, {.title = "EVENTS", .right = true}, {.title = "SIZE", .right = true}});
  for (const auto& count : counts) table.Add({{count.what}, {std::to_string(count.events)}, {Size(count.bytes)}});
  out.Write("\n");
  table.Print(out);
}

void Print(Output& out, const query::StatsReport& report) {
  out.Write(fmt::format("{} of {} runs, {}\n", Count(report.head, "event"), report.runs, Size(report.event_bytes)));
  PrintCounts(out, "TYPE", report.by_type);
  PrintCounts(out, "ARTIFACT", report.by_artifact);
  if (report.artifacts > report.by_artifact.size()) {
    out.Write(fmt::format("and {} more\n", Count(report.artifacts - report.by_artifact.size(), "artifact")));
  }
  PrintCounts(out, "MONTH", report.by_month);
  out.Write(fmt::format("\n{} in {}, {}; kept as {}, {}, of which {} shared\n", Count(report.tree_files, "file"),
                        Count(report.trees, "version"), Size(report.tree_file_bytes), Count(report.blobs, "blob"), Size(report.blob_bytes),
                        report.shared_blobs));
  if (report.missing_trees > 0)
    out.Write(fmt::format("{} cannot be read; skilltrail verify names them\n", Count(report.missing_trees, "version")));
  out.Write(fmt::format("{}, {}\n", Count(report.checkpoints, "checkpoint"), Size(report.checkpoint_bytes)));
  out.Write("\n");
  Table disk({{.title = "ON DISK"}, {.title = "SIZE", .right = true}});
  for (const auto& size : report.disk) disk.Add({{size.family}, {Size(size.bytes)}});
  disk.Print(out);
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto limit, in.arguments.Number("limit"));
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::Stats(*reading, limit.value_or(kArtifacts)));
  if (in.settings.json) {
    in.out.Document(documents::StatsJson(report));
  } else {
    Print(in.out, report);
  }
  return kDone;
}

}  // namespace

Command StatsCommand() {
  return {.path = "stats",
          .summary = "events and bytes by type, artifact and month; contents and their sharing; index and caches",
          .options = {{.name = "limit", .letter = 'n', .arity = Option::Arity::kOne, .metavar = "N", .help = "so many artifacts (10)"}},
          .examples = {{"stats", "what takes the room"}, {"stats -n 100 --json", "for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
