#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/secrets.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/curate/curate.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

using Status = curate::AddedItem::Status;

void PrintItems(const curate::AddReport& report, Invocation& in) {
  Table table({{.title = "ARTIFACT"}, {.title = "STATUS"}, {.title = "SOURCE", .flexible = true}, {.title = "WHY"}});
  for (const auto& item : report.items) {
    if (item.status == Status::kError) continue;
    const bool added = item.status == Status::kAdded;
    table.Add({{item.artifact, Paint::kCyan},
               {documents::AddedStatusName(item.status), added ? Paint::kGreen : Paint::kDim},
               {ScrubWord(item.source)},
               {added ? Count(item.files, "file") : item.reason}});
  }
  table.Print(in.out);
}

// Done in part where something was added or stood there already, and where the name is another source's. Where `--all` found artifacts and
// none could be taken, each failed on its own.
int ExitCodeOf(const curate::AddReport& report, bool all) {
  const auto failed =
      std::find_if(report.items.begin(), report.items.end(), [](const auto& item) { return item.status == Status::kError; });
  if (failed == report.items.end()) return kDone;
  const bool every = std::all_of(report.items.begin(), report.items.end(), [](const auto& item) { return item.status == Status::kError; });
  return every && !failed->name_taken && (!all || failed->artifact.empty()) ? ExitCode(failed->code) : kPartExit;
}

// A name that is made up here; what stands on disk or upstream may have a colon.
skilltrail::Status CheckNewName(const std::string& name) {
  RETURN_IF_ERROR(CheckName(name, "name"));
  if (name.find(':') == std::string::npos) return {};
  return Error{Code::kUsage, fmt::format("name {}: it holds a colon, which parts a type from a name", Quote(name)),
               "use '-' or '_' instead"};
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto types, in.arguments.Types("type"));
  curate::AddRequest request;
  if (in.arguments.Has("name")) RETURN_IF_ERROR(CheckNewName(in.arguments.Value("name")));
  request.sources = in.arguments.words();
  request.name = in.arguments.Value("name");
  request.all = in.arguments.Has("all");
  if (!types.empty()) request.type = types.front();
  ASSIGN_OR_RETURN(const auto github, in.OpenGithub());
  ASSIGN_OR_RETURN(const auto report, curate::Add(in.context, *github, request));
  in.out.Notes(report.notes);
  for (const auto& item : report.items) {
    if (item.status != Status::kError) continue;
    const auto what = item.artifact.empty() ? ScrubWord(item.source) : fmt::format("{} from {}", item.artifact, ScrubWord(item.source));
    in.out.PrintError({item.code, fmt::format("adding {}: {}", what, item.reason), item.hint}, KnownSecrets(in.environment));
  }
  if (in.settings.json) {
    in.out.Document(documents::AddJson(report, in.context.dry_run));
  } else {
    PrintItems(report, in);
    if (report.items.empty()) in.out.Note("nothing to add");
  }
  return ExitCodeOf(report, request.all);
}

}  // namespace

Command AddCommand() {
  using enum Option::Arity;
  return {
      .path = "add",
      .summary = "add artifacts from GitHub or from disk",
      .positionals = {{.name = "SOURCE",
                       .help = "owner/repo[/path][@ref], a github.com URL, or a local path",
                       .many = true,
                       .completes = Completes::kFile}},
      .options = {{.name = "type", .letter = 't', .arity = kOne, .metavar = "TYPE", .help = "what it is, where the content does not say"},
                  {.name = "name", .arity = kOne, .metavar = "NAME", .help = "what to call it (last part of the path)"},
                  {.name = "all", .help = "every artifact found there"},
                  TokenFileOption(),
                  MessageOption(),
                  DryRunOption()},
      .examples = {{"add obra/superpowers --all", "every skill, command and agent of a repository"},
                   {"add ./my-skill -m 'first draft'", "a directory on disk"}},
      .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kUpstreamExit, kPartExit},
      .use = Use::kWrites,
      .run = Run};
}

}  // namespace skilltrail::cli
