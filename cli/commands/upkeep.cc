#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/upkeep.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

void PrintLimits(Invocation& in, const std::vector<refresh::KnownLimit>& limits) {
  for (const auto& limit : limits) {
    const auto caller = limit.token.empty() ? std::string("no token") : "token " + ShortHash(limit.token);
    in.out.Write(fmt::format("limit of {}, {}: {} of {} requests were left at {}, all are again {} {}\n", OneLine(limit.host), caller,
                             limit.remaining, limit.limit, LocalTime(limit.said_at), limit.reset_at <= in.now() ? "since" : "from",
                             LocalTime(limit.reset_at)));
  }
}

Result<int> Doctor(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, upkeep::Examine(in.context, in.arguments.Has("fix")));
  const int code = report.healthy() ? kDone : kCorruptExit;
  if (in.settings.json) {
    in.out.Document(documents::DoctorJson(report));
    return code;
  }
  for (const auto& finding : report.findings) {
    const auto word = finding.fixed ? in.out.Painted("fixed", Paint::kGreen)
                                    : in.out.Painted(finding.damage ? "damage" : "untidy", finding.damage ? Paint::kRed : Paint::kYellow);
    in.out.Write(fmt::format("{} {}: {}\n", word, finding.check, OneLine(finding.problem)));
    if (finding.fixed || finding.fix.empty()) continue;
    in.out.Write(fmt::format("  {}{}\n", finding.mendable ? "with --fix " : "", OneLine(finding.fix)));
  }
  if (report.findings.empty()) in.out.Write(fmt::format("healthy: {}\n", Join(report.checks)));
  PrintLimits(in, report.limits);
  if (code != kDone) {
    in.out.PrintError({Code::kCorrupt, fmt::format("{} is damaged", in.context.store.string()), {}}, {});
  }
  return code;
}

Result<int> Rebuild(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, upkeep::Rebuild(in.context));
  if (in.settings.json) {
    in.out.Document(documents::RebuildJson(report, in.context.dry_run));
    return kDone;
  }
  const auto& index = report.index;
  const bool same = index.added + index.changed + index.removed == 0;
  in.out.Write(same ? fmt::format("index: {} entries, all as they should be\n", index.entries)
                    : fmt::format("index: {} entries; {} missing, {} wrong, {} too many, {}\n", index.entries, index.added, index.changed,
                                  index.removed, in.context.dry_run ? "to be put right" : "put right"));
  in.out.Write(fmt::format("checkpoints: {}, {} made anew, {} dropped\n", report.checkpoints.checkpoints, report.checkpoints.written,
                           report.checkpoints.dropped));
  return kDone;
}

Result<int> Backup(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, upkeep::Backup(in.context, AbsolutePath(in.arguments.Word(0))));
  if (in.settings.json) {
    in.out.Document(documents::BackupJson(report));
    return kDone;
  }
  in.out.Write(fmt::format("copied {} to {}: {}, head {}\n", Count(report.head, "event"), OneLine(report.path.string()), Size(report.bytes),
                           ShortHash(report.head_hash.hex())));
  return kDone;
}

void PrintSalvage(Output& out, const upkeep::SalvageReport& report) {
  out.Write(fmt::format("brought {} and {} over to {}\n", Count(report.events, "event"), Count(report.blobs, "blob"),
                        OneLine(report.path.string())));
  for (const auto& [first, last] : report.lost_events) {
    out.Write(first == last ? fmt::format("lost: event {}\n", first) : fmt::format("lost: events {} to {}\n", first, last));
  }
  for (const auto& digest : report.lost_blobs) out.Write(fmt::format("lost: blob {}\n", digest.hex()));
  if (report.lost_blob_count > report.lost_blobs.size()) {
    out.Write(fmt::format("lost: {} more\n", Count(report.lost_blob_count - report.lost_blobs.size(), "blob")));
  }
  if (report.moved_from != 0) out.Note(fmt::format("what was event {} and later has smaller sequences now", report.moved_from));
}

Result<int> Salvage(Invocation& in) {
  if (in.arguments.Value("to").empty()) return Error{Code::kUsage, "salvage: --to DIR is missing", "see `skilltrail salvage --help`"};
  ASSIGN_OR_RETURN(const auto report, upkeep::Salvage(in.context, AbsolutePath(in.arguments.Value("to"))));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::SalvageJson(report));
  } else {
    PrintSalvage(in.out, report);
  }
  return report.lost_events.empty() && report.lost_blob_count == 0 && report.notes.empty() ? kDone : kPartExit;
}

}  // namespace

Command DoctorCommand() {
  return {.path = "doctor",
          .summary = "what is wrong or untidy in the store, and what mends it",
          .options = {{.name = "fix", .help = "mend what can be mended: index, checkpoints, HEAD, leftovers"}},
          .examples = {{"doctor", "look, change nothing"}, {"doctor --fix", "mend, then look again"}},
          .exit_codes = {kNotFoundExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Doctor};
}

Command RebuildCommand() {
  return {.path = "rebuild",
          .summary = "make index and checkpoints anew from the log, and put right where the live ones differ",
          .options = {DryRunOption()},
          .examples = {{"rebuild", "others can go on reading"}, {"rebuild --dry-run", "only compare"}},
          .exit_codes = {kNotFoundExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Rebuild};
}

Command BackupCommand() {
  return {.path = "backup",
          .summary = "a consistent copy of the store, while others work",
          .positionals = {{.name = "DIR", .help = "absent or empty", .completes = Completes::kDirectory}},
          .examples = {{"backup /mnt/usb/skilltrail", "a store like this one; table files are linked where they can be"},
                       {"backup ~/before-upgrade --json", "for a script"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Backup};
}

Command SalvageCommand() {
  return {.path = "salvage",
          .summary = "bring every provable event and blob of a damaged store into a new one, and say what is lost",
          .options = {{.name = "to",
                       .arity = Option::Arity::kOne,
                       .metavar = "DIR",
                       .help = "where the new store is made: absent or empty",
                       .completes = Completes::kDirectory}},
          .examples = {{"salvage --to ~/saved", "the damaged store is left as it is"},
                       {"salvage --to ~/saved --json", "what is lost, for a script"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kCorruptExit, kPartExit},
          .use = Use::kWrites,
          .run = Salvage};
}

}  // namespace skilltrail::cli
