#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/changes.h"
#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

constexpr size_t kShortSha = 7;
constexpr size_t kShown = 10;  // of a list: a status is one screen

// A list under a heading, cut to what a screen holds.
template <class Item, class Row>
void PrintList(std::string_view heading, const std::vector<Item>& items, std::vector<Column> columns, const Row& row, Invocation& in) {
  if (items.empty()) return;
  in.out.Write(fmt::format("\n{}:\n", heading));
  Table table(std::move(columns));
  for (size_t i = 0; i < std::min(items.size(), kShown); ++i) table.Add(row(items[i]));
  table.Print(in.out);
  if (items.size() > kShown) in.out.Write(fmt::format("... and {} more\n", items.size() - kShown));
}

std::string DriftText(const query::StatusReport::Project& project) {
  if (!project.exists) return "gone";
  std::vector<std::string> words;
  for (const auto& [type, count] : project.open_drift) words.push_back(fmt::format("{} {}", count, type));
  return words.empty() ? "none" : Join(words);
}

std::string RefreshText(const query::StatusReport& report, const Invocation& in) {
  const auto& last = report.last_refresh;
  if (!last) return "never";
  std::string text = fmt::format("{}: {} of {} refreshed", Age(last->recorded_at, in.now()), last->refreshed, last->total);
  if (last->errors > 0) text += fmt::format(", {}", Count(last->errors, "error"));
  if (last->rate_limit_remaining) text += fmt::format("; {} left then", Count(static_cast<size_t>(*last->rate_limit_remaining), "request"));
  return text;
}

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
  line("refreshed", RefreshText(report, in));
  line("deployed", fmt::format("{}, {} of drift open", Count(report.deployments, "deployment"), Count(report.open_drift, "finding")));
  PrintList(
      "upstream has newer", report.updates, {{.title = "ARTIFACT"}, {.title = "HERE"}, {.title = "UPSTREAM"}, {.title = "SEEN"}},
      [&](const auto& update) -> std::vector<Cell> {
        return {{update.artifact, Paint::kCyan},
                {update.current_sha.substr(0, kShortSha)},
                {update.upstream_sha.substr(0, kShortSha)},
                {Age(update.seen_at, in.now())}};
      },
      in);
  PrintList(
      "projects", report.projects, {{.title = "PROJECT", .flexible = true}, {.title = "DEPLOYED"}, {.title = "DRIFT"}},
      [](const auto& project) -> std::vector<Cell> {
        const Paint paint = !project.exists ? Paint::kRed : project.open_drift.empty() ? Paint::kDim : Paint::kYellow;
        return {{project.path.string()}, {std::to_string(project.deployments)}, {DriftText(project), paint}};
      },
      in);
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
