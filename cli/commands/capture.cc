#include <nlohmann/json.hpp>

#include "cli/changes.h"
#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "engine/curate/curate.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, curate::CaptureCollection(in.context));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::CaptureJson(report, in.context.dry_run));
  } else {
    if (report.changes.empty()) in.out.Note("nothing to capture");
    PrintChanges(report.changes, in.out);
  }
  return report.unreadable.empty() ? kDone : kPartExit;
}

}  // namespace

Command CaptureCommand() {
  return {.path = "capture",
          .summary = "record edits made on disk",
          .options = {MessageOption(), DryRunOption()},
          .examples = {{"capture -m 'shorter instructions'", "record what was edited, and why"},
                       {"capture --dry-run", "see what would be recorded"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kPartExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
