#include "engine/deploy/pull.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/project.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

deploy::PullStrategy StrategyOf(const std::string& word) {
  return word == "overwrite" ? deploy::PullStrategy::kOverwrite
         : word == "fork"    ? deploy::PullStrategy::kFork
                             : deploy::PullStrategy::kMerge;
}

std::string Files(const deploy::PulledItem& item) {
  std::vector<std::string> words;
  if (!item.fork.empty()) words.push_back("as " + item.fork);
  for (const auto& path : item.conflicts) words.push_back("conflict in " + path);
  if (item.fork.empty()) words.push_back(Count(item.files.size(), "file"));
  return Join(words);
}

Result<int> Run(Invocation& in) {
  deploy::PullRequest request;
  request.artifacts = in.arguments.words();
  request.profile = in.arguments.Value("profile");
  request.allow_conflicts = in.arguments.Has("allow-conflicts");
  const std::string strategy = in.arguments.Value("strategy");
  if (strategy.empty()) {
    return Error{Code::kUsage, "--strategy says what becomes of the collection's copy",
                 "overwrite: it becomes the project's; merge: both sides' edits; fork: the project's becomes an artifact of its own"};
  }
  request.strategy = StrategyOf(strategy);
  if (request.allow_conflicts && request.strategy != deploy::PullStrategy::kMerge) {
    return Error{Code::kUsage, "--allow-conflicts goes with --strategy merge", {}};
  }
  ASSIGN_OR_RETURN(request.project, in.Project());
  ASSIGN_OR_RETURN(const auto report, deploy::Pull(in.context, request));
  in.out.Notes(report.notes);
  for (const auto& item : report.items) {
    if (item.conflicts.empty()) continue;
    in.out.Note(fmt::format("{}: conflicts to resolve in the collection: {}", item.artifact, OneLine(Join(item.conflicts))));
  }
  if (in.settings.json) {
    in.out.Document(documents::PullJson(report, in.context.dry_run));
    return kDone;
  }
  Table table({{.title = "ARTIFACT"}, {.title = "STATUS"}, {.title = "WHAT"}});
  for (const auto& item : report.items) {
    const Paint paint = item.action == "unchanged" ? Paint::kDim : item.conflicts.empty() ? Paint::kGreen : Paint::kRed;
    table.Add({{item.artifact, Paint::kCyan}, {item.action, paint}, {item.action == "unchanged" ? "" : Files(item)}});
  }
  table.Print(in.out);
  return kDone;
}

}  // namespace

Command PullCommand() {
  return {.path = "pull",
          .summary = "bring a project's edits of deployed copies back into the collection",
          .positionals = {{.name = "ARTIFACT", .help = "type:name, or a bare name", .many = true}},
          .options = {ProjectOption("where (nearest directory upward with a .claude, else here)"),
                      {.name = "strategy",
                       .arity = Option::Arity::kOne,
                       .metavar = "STRATEGY",
                       .help = "overwrite, merge (three-way, on what was deployed) or fork (as <name>-fork)",
                       .choices = {"overwrite", "merge", "fork"}},
                      {.name = "allow-conflicts", .help = "take a merge that is not clean, with conflict markers"},
                      ProfileOption("whose directory (the one that has it)"),
                      MessageOption(),
                      DryRunOption()},
          .examples = {{"pull skill:pdf --project ~/site --strategy merge", "edits of both sides"},
                       {"pull pdf --strategy fork --dry-run", "see what would become of it"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
