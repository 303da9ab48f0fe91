#include "engine/snapshot/snapshot.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/secrets.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

Result<int> Create(Invocation& in) {
  snapshot::CreateRequest request{.name = in.arguments.Word(0), .skip_if_unchanged = in.arguments.Has("skip-if-unchanged")};
  RETURN_IF_ERROR(RefuseSecret(request.name, KnownSecrets(in.environment)));
  if (in.arguments.Has("export")) request.export_to = AbsolutePath(in.arguments.Value("export"));
  ASSIGN_OR_RETURN(const auto report, snapshot::Create(in.context, request));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::SnapshotJson(report));
    return kDone;
  }
  const auto& made = report.snapshot;
  in.out.Write(fmt::format("snapshot {}{} of \"{}\": {}, event {}\n", made.id,
                           made.name.empty() ? "" : fmt::format(" ({})", OneLine(made.name)), OneLine(made.collection),
                           Count(made.artifact_count, "artifact"), made.seq));
  if (!report.tarball_path.empty()) in.out.Write(fmt::format("exported to {}\n", OneLine(report.tarball_path)));
  return kDone;
}

Result<int> List(Invocation& in) {
  snapshot::ListRequest request;
  request.cursor = in.arguments.Value("cursor");
  ASSIGN_OR_RETURN(const auto limit, in.arguments.Number("limit", 1, 100));
  if (limit) request.limit = *limit;
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, snapshot::List(*reading, request));
  if (in.settings.json) {
    in.out.Document(documents::SnapshotsJson(report));
    return kDone;
  }
  Table table({{.title = "ID"},
               {.title = "NAME"},
               {.title = "TIME"},
               {.title = "COLLECTION"},
               {.title = "ARTIFACTS", .right = true},
               {.title = "EVENT", .right = true},
               {.title = "MESSAGE"}});
  for (const auto& item : report.items) {
    const auto& one = item.snapshot;
    table.Add({{one.id, Paint::kCyan},
               {one.name},
               {LocalTime(one.created_at)},
               {one.collection},
               {std::to_string(one.artifact_count)},
               {std::to_string(one.seq)},
               {one.message}});
  }
  if (table.empty()) in.out.Note("no snapshots");
  table.Print(in.out);
  if (!report.next_cursor.empty()) in.out.Note(fmt::format("more: --cursor {}", report.next_cursor));
  return kDone;
}

Result<int> Show(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, snapshot::Show(*reading, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::SnapshotJson(report));
    return kDone;
  }
  const auto& one = report.snapshot;
  const auto line = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) in.out.Write(fmt::format("  {:<10} {}\n", label, OneLine(value)));
  };
  in.out.Write(in.out.Painted(one.id, Paint::kBold) + "\n");
  line("name", one.name);
  line("message", one.message);
  line("collection", one.collection);
  line("artifacts", std::to_string(one.artifact_count));
  line("made", LocalTime(one.created_at));
  line("event", fmt::format("{} {}", one.seq, report.hash.hex()));
  return kDone;
}

}  // namespace

Command SnapshotShowCommand() {
  return {.path = "snapshot show",
          .summary = "show one snapshot",
          .positionals = {{.name = "ID", .help = "id, name, or the unique beginning of an id"}},
          .examples = {{"snapshot show before", "by its name"}, {"snapshot show 20260122 --json", "by the beginning of its id"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .run = Show};
}

Command SnapshotCreateCommand() {
  using enum Option::Arity;
  auto message = MessageOption();
  message.help = "what the snapshot is for";
  return {.path = "snapshot create",
          .summary = "name this moment of the collection",
          .positionals = {{.name = "NAME", .help = "how to find it again, beside its id", .required = false}},
          .options = {message,
                      {.name = "export",
                       .arity = kOne,
                       .metavar = "FILE",
                       .help = "export it too, to a .tar.zst or .tar.gz",
                       .completes = Completes::kFile},
                      {.name = "skip-if-unchanged", .help = "give the newest snapshot if nothing has changed since"},
                      DryRunOption()},
          .examples = {{"snapshot create before -m 'before the big refresh'", "a name to come back to"},
                       {"snapshot create --skip-if-unchanged -q", "every night"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Create};
}

Command SnapshotListCommand() {
  using enum Option::Arity;
  return {.path = "snapshot list",
          .summary = "list snapshots, newest first",
          .options = {{.name = "limit", .arity = kOne, .metavar = "N", .help = "how many, 1 to 100 (50)"},
                      {.name = "cursor", .arity = kOne, .metavar = "C", .help = "go on behind an earlier answer"}},
          .examples = {{"snapshot list", "of all collections"},
                       {"snapshot list -c work --limit 5 --json", "the newest five of one, for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = List};
}

}  // namespace skilltrail::cli
