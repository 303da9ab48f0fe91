#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/archive.h"
#include "cli/invocation.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

using Brought = snapshot::ImportReport::Brought;

Result<int> Export(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, snapshot::Export(*reading, in.arguments.Word(0), AbsolutePath(in.arguments.Word(1))));
  if (in.settings.json) {
    in.out.Document(documents::ExportJson(report, in.context.dry_run));
    return kDone;
  }
  const auto& file = report.snapshot.tarball_path;
  const auto what =
      fmt::format("snapshot {} of \"{}\": {}, {}, {}", report.snapshot.snapshot.id, OneLine(report.snapshot.snapshot.collection),
                  Count(report.events, "event"), Count(report.artifacts, "artifact"), Count(report.files, "file"));
  if (in.context.dry_run) {
    in.out.Write(fmt::format("would export {} to {}\n", what, OneLine(file)));
  } else {
    in.out.Write(fmt::format("exported {} to {} ({})\n", what, OneLine(file), Size(report.bytes)));
  }
  return kDone;
}

Result<int> Import(Invocation& in) {
  const snapshot::ImportRequest request{AbsolutePath(in.arguments.Word(0)), in.arguments.Value("as")};
  if (in.arguments.Has("as") && request.as.empty()) return Error{Code::kUsage, "--as: its value is empty", {}};
  ASSIGN_OR_RETURN(const auto report, snapshot::Import(in.context, request));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::ImportJson(report, in.context.dry_run));
    return kDone;
  }
  const std::string name = OneLine(report.collection);
  if (report.brought == Brought::kNothing) {
    in.out.Write(fmt::format("nothing to import: \"{}\" has all of it\n", name));
    return kDone;
  }
  in.out.Write(fmt::format("{} the collection \"{}\" in {}: {}, {}{}\n", in.context.dry_run ? "would import" : "imported", name,
                           OneLine(report.path.string()), Count(report.artifacts, "artifact"), Count(report.snapshots.size(), "snapshot"),
                           report.brought == Brought::kHistory ? ", " + Count(report.events, "event") + " of its history" : ""));
  return kDone;
}

Result<int> Verify(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, snapshot::VerifyArchive(in.context, AbsolutePath(in.arguments.Word(0))));
  if (in.settings.json) {
    in.out.Document(documents::ArchiveJson(report));
  } else if (report.ok) {
    const auto& manifest = report.archive.manifest;
    in.out.Write(fmt::format("ok: snapshot {}{} of \"{}\": {}, {}, {}\n", OneLine(manifest.snapshot_id),
                             manifest.snapshot_name.empty() ? "" : fmt::format(" ({})", OneLine(manifest.snapshot_name)),
                             OneLine(manifest.collection), Count(manifest.events, "event"), Count(manifest.artifacts, "artifact"),
                             Count(report.archive.files, "file")));
  } else {
    in.out.PrintError({Code::kCorrupt, fmt::format("verifying {}: {}", report.file.string(), report.problem), {}}, {});
  }
  return report.ok ? kDone : kCorruptExit;
}

Positional FilePositional(std::string help) {
  return {.name = "FILE", .help = std::move(help), .completes = Completes::kFile};
}

}  // namespace

Command SnapshotExportCommand() {
  return {.path = "snapshot export",
          .summary = "write a snapshot with its collection's history into an archive: the same snapshot, the same bytes",
          .positionals = {{.name = "ID", .help = "id, name, or the unique beginning of an id; of any collection"},
                          FilePositional("ends in .tar.zst or .tar.gz")},
          .options = {DryRunOption()},
          .examples = {{"snapshot export before before.tar.zst", "any tar can read it"},
                       {"snapshot export 20260122-093000 lib.tar.gz --json", "with the SHA-256 of the file"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Export};
}

Command SnapshotImportCommand() {
  using enum Option::Arity;
  return {
      .path = "snapshot import",
      .summary = "make a collection of an archive, with its history and snapshots",
      .positionals = {FilePositional("an export, or SkillMeat's .tar.gz or snapshots.toml")},
      .options = {{.name = "as", .arity = kOne, .metavar = "NAME", .help = "under another name: its state and files, without its history"},
                  MessageOption(),
                  DryRunOption()},
      .examples = {{"snapshot import lib.tar.zst", "checked whole before anything of it is taken"},
                   {"snapshot import ~/.skillmeat/snapshots/mine/snapshots.toml", "all that SkillMeat kept of a collection"}},
      .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit},
      .use = Use::kWrites,
      .run = Import};
}

Command SnapshotVerifyCommand() {
  return {.path = "snapshot verify",
          .summary = "hash and fold everything in an archive; needs no store",
          .positionals = {FilePositional("an export of a snapshot")},
          .examples = {{"snapshot verify lib.tar.zst", "is it whole and true?"}, {"snapshot verify lib.tar.gz --json", "what it holds"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .use = Use::kNoStore,
          .run = Verify};
}

}  // namespace skilltrail::cli
