#include "engine/query/verify.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/snapshot.h"
#include "cli/invocation.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::Verify(*reading, in.arguments.Has("full")));
  if (in.settings.json) {
    in.out.Document(documents::VerifyJson(report));
  } else if (report.ok) {
    in.out.Write(fmt::format("ok: {} and {}, head {} {}\n", Count(report.events, "event"), Count(report.blobs, "blob"), report.head_seq,
                             ShortHash(report.head_hash.hex())));
  } else {
    if (report.first_bad != 0) in.out.Write(fmt::format("first bad event: {}\n", report.first_bad));
    for (const auto& problem : report.problems) in.out.Write(OneLine(problem) + "\n");
    in.out.PrintError(
        {Code::kCorrupt, fmt::format("verifying {}: {} found", in.context.store.string(), Count(report.problems.size(), "problem")), {}},
        {});
  }
  return report.ok ? kDone : kCorruptExit;
}

}  // namespace

Command VerifyCommand() {
  return {.path = "verify",
          .summary = "check the log's chain, its index, its anchor and every blob that an event names",
          .options = {{.name = "full", .help = "also read every blob, fold everything anew and compare"}},
          .examples = {{"verify", "does the store hold together?"}, {"verify --full --json", "down to every byte, for a script"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .run = Run};
}

}  // namespace skilltrail::cli
