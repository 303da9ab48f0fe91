#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/curate/curate.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

Result<int> Create(Invocation& in) {
  std::filesystem::path path;
  if (in.arguments.Has("path")) path = AbsolutePath(in.arguments.Value("path"));
  ASSIGN_OR_RETURN(const auto report, curate::CreateCollection(in.context, in.arguments.Word(0), path));
  if (in.settings.json) {
    in.out.Document(documents::CollectionJson(report));
  } else {
    in.out.Write(fmt::format("created the collection \"{}\" in {}\n", OneLine(report.name), report.path.string()));
  }
  return kDone;
}

Result<int> List(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto reports, query::Collections(*reading));
  if (in.settings.json) {
    in.out.Document(documents::CollectionsJson(reports));
    return kDone;
  }
  Table table({{.title = ""}, {.title = "NAME"}, {.title = "ARTIFACTS", .right = true}, {.title = "PATH"}});
  for (const auto& report : reports) {
    table.Add(
        {{report.is_default ? "*" : ""}, {report.name, Paint::kCyan}, {std::to_string(report.artifact_count)}, {report.path.string()}});
  }
  if (table.empty()) in.out.Note("no collections");
  table.Print(in.out);
  return kDone;
}

Result<int> Show(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::ShowCollection(*reading, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::CollectionJson(report));
    return kDone;
  }
  in.out.Write(fmt::format("{}{}\n  path       {}\n  artifacts  {}\n", in.out.Painted(OneLine(report.name), Paint::kBold),
                           report.is_default ? " (default)" : "", report.path.string(), report.artifact_count));
  return kDone;
}

Result<int> UseOne(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, curate::UseCollection(in.context, in.arguments.Word(0)));
  if (in.settings.json) {
    in.out.Document(documents::CollectionJson(report));
  } else {
    in.out.Write(fmt::format("the default collection is \"{}\" now\n", OneLine(report.name)));
  }
  return kDone;
}

Result<int> RemoveOne(Invocation& in) {
  const auto name = in.arguments.Word(0);
  if (!in.context.dry_run) {
    ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
    ASSIGN_OR_RETURN(const auto shown, query::ShowCollection(*reading, name));
    ASSIGN_OR_RETURN(const bool yes, in.Confirm(fmt::format("forgetting the collection \"{}\" and its {}", shown.name,
                                                            Count(shown.artifact_count, "artifact"))));
    if (!yes) return Error{Code::kFailed, "not removed", {}};
  }
  ASSIGN_OR_RETURN(const auto report, curate::RemoveCollection(in.context, name));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::RemoveCollectionJson(report, in.context.dry_run));
    return kDone;
  }
  in.out.Write(fmt::format("{} the collection \"{}\" and its {}; its files stay in {}\n", in.context.dry_run ? "would forget" : "forgot",
                           OneLine(report.name), Count(report.artifact_count, "artifact"), OneLine(report.path.string())));
  if (report.was_default) in.out.Note("it was the default: choose another with `skilltrail collection use NAME`");
  return kDone;
}

}  // namespace

Command CollectionCreateCommand() {
  return {.path = "collection create",
          .summary = "make an empty collection",
          .positionals = {{.name = "NAME", .help = "what to call it"}},
          .options = {{.name = "path",
                       .arity = Option::Arity::kOne,
                       .metavar = "DIR",
                       .help = "where its files stand (collections/NAME in the store)",
                       .completes = Completes::kDirectory}},
          .examples = {{"collection create work", "files in the store's collections/work"},
                       {"collection create work --path ~/skills", "files in a directory of yours"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Create};
}

Command CollectionListCommand() {
  return {.path = "collection list",
          .summary = "list the collections; * marks the default",
          .examples = {{"collection list", "all of them"}, {"collection list --at yesterday", "those of yesterday's midnight"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = List};
}

Command CollectionShowCommand() {
  return {.path = "collection show",
          .summary = "show one collection",
          .positionals = {{.name = "NAME", .help = "the default one if absent", .required = false}},
          .examples = {{"collection show", "the default collection"}, {"collection show work --json", "one of them, for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Show};
}

Command CollectionUseCommand() {
  return {
      .path = "collection use",
      .summary = "make a collection the default",
      .positionals = {{.name = "NAME", .help = "which"}},
      .examples = {{"collection use work", "commands without -c mean it from now on"}, {"collection use default", "back to the first one"}},
      .exit_codes = {kNotFoundExit, kBusyExit},
      .use = Use::kWrites,
      .run = UseOne};
}

Command CollectionRemoveCommand() {
  return {.path = "collection remove",
          .summary = "forget a collection; its files and its history stay",
          .positionals = {{.name = "NAME", .help = "which"}},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"collection remove work --yes", "its events can still be read, and its files taken in again with adopt"},
                       {"collection remove work --dry-run", "see what would be forgotten"}},
          .exit_codes = {kNotFoundExit, kBusyExit},
          .use = Use::kWrites,
          .run = RemoveOne};
}

}  // namespace skilltrail::cli
