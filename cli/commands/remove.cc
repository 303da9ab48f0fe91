#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "engine/curate/curate.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, curate::Remove(in.context, in.arguments.words()));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::RemoveJson(report, in.context.dry_run));
    return kDone;
  }
  for (const auto& artifact : report.removed)
    in.out.Write(fmt::format("{} {}\n", in.context.dry_run ? "would remove" : "removed", OneLine(artifact)));
  return kDone;
}

}  // namespace

Command RemoveCommand() {
  return {.path = "remove",
          .summary = "take artifacts out of the collection, their files too; `restore` brings them back",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name", .many = true, .completes = Completes::kArtifact}},
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"remove skill:pdf", "one of them"}, {"remove pdf review --dry-run", "see what would go"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
