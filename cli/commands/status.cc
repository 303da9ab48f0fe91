#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/changes.h"
#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

void Print(const query::StatusReport& report, Invocation& in) {
  std::vector<std::string> types;
  for (const auto& [type, count] : report.by_type) types.push_back(Count(count, type));
  const auto line = [&](std::string_view label, const std::string& value) {
    in.out.Write(fmt::format("{:<11} {}\n", label, OneLine(value)));
  };
  line("store", report.store.string());
  line("collection", fmt::format("{} ({})", report.collection, report.path.string()));
  line("head", report.head == 0 ? "no events" : fmt::format("{}, {}", report.head, Age(report.head_logged_at, in.now())));
  line("artifacts", types.empty() ? "none" : fmt::format("{}: {}", report.artifact_count, Join(types)));
  line("refreshed", Age(report.last_refreshed_at, in.now()));
  line("deployed", fmt::format("{}, {} of drift open", Count(report.deployments, "deployment"), Count(report.open_drift, "finding")));
  if (report.uncaptured.empty()) return;
  in.out.Write("\nedits on disk that are not captured yet:\n");
  PrintChanges(report.uncaptured, in.out);
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, query::StatusOf(in.context));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::StatusJson(report));
  } else {
    Print(report, in);
  }
  return kDone;
}

}  // namespace

Command StatusCommand() {
  return {.path = "status",
          .summary = "one screen: what is there, what was edited, what has drifted",
          .examples = {{"status", "the default collection"}, {"status -c work", "another one"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
