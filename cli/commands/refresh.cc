#include "engine/refresh/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/json.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

using refresh::EntryStatus;

constexpr size_t kShownValueColumns = 60;

Result<refresh::RefreshRequest> ReadRequest(const Invocation& in) {
  const auto& arguments = in.arguments;
  refresh::RefreshRequest request;
  request.artifacts = arguments.words();
  request.name_glob = arguments.Value("name");
  if (arguments.Has("name") && request.name_glob.empty()) return Error{Code::kUsage, "--name is empty", "leave it out for all"};
  request.fields = arguments.Values("field");
  request.overwrite = arguments.Has("overwrite");
  request.merge = arguments.Has("merge");
  if (arguments.Has("metadata-only") + arguments.Has("check") + arguments.Has("sync") > 1) {
    return Error{Code::kUsage, "--metadata-only, --check and --sync exclude each other", {}};
  }
  if (arguments.Has("check")) request.mode = schema::RefreshMode::check_only;
  if (arguments.Has("sync")) request.mode = schema::RefreshMode::sync;
  if ((request.overwrite || request.merge) && request.mode != schema::RefreshMode::sync) {
    return Error{Code::kUsage, "--overwrite and --merge bring content: they go with --sync", {}};
  }
  if (request.overwrite && request.merge) return Error{Code::kUsage, "--overwrite and --merge exclude each other", {}};
  if (arguments.Has("exit-code") && request.mode != schema::RefreshMode::check_only) {
    return Error{Code::kUsage, "--exit-code goes with --check", {}};
  }
  ASSIGN_OR_RETURN(request.types, arguments.Types("type"));
  if (arguments.Has("project")) {
    ASSIGN_OR_RETURN(request.project, in.Project());
  }
  return request;
}

std::string ValueText(const std::map<std::string, refresh::FieldValue>& values, const std::string& field, bool whole) {
  const auto found = values.find(field);
  if (found == values.end() || !found->second.present) return "(none)";
  const auto text = OneLine(found->second.list ? Join(*found->second.list) : found->second.text);
  if (text.empty()) return "(none)";
  return whole ? text : CutTo(text, kShownValueColumns);
}

Cell StatusCell(EntryStatus status) {
  switch (status) {
    case EntryStatus::kRefreshed:
      return {"refreshed", Paint::kGreen};
    case EntryStatus::kUnchanged:
      return {"unchanged", Paint::kDim};
    case EntryStatus::kSkipped:
      return {"skipped", Paint::kYellow};
    case EntryStatus::kError:
      break;  // not in the table
  }
  return {};
}

// What there is to say of an entry: a line a change, or why it was left, or that upstream has moved on.
std::vector<std::string> Lines(const refresh::Entry& entry, bool whole) {
  std::vector<std::string> lines;
  for (const auto& field : entry.changes) {
    if (field == "content") {
      lines.push_back(fmt::format("content: {} -> {}", ShortHash(entry.brought_from), ShortHash(entry.current_sha)));
    } else {
      lines.push_back(
          fmt::format("{}: {} -> {}", field, ValueText(entry.old_values, field, whole), ValueText(entry.new_values, field, whole)));
    }
  }
  if (!entry.reason.empty()) lines.push_back(entry.reason);
  if (entry.update_available) {
    lines.push_back(
        fmt::format("update: {} -> {} upstream ({})", ShortHash(entry.current_sha), ShortHash(entry.upstream_sha), entry.merge_strategy));
  }
  return lines;
}

void PrintEntries(const refresh::RefreshReport& report, Invocation& in) {
  Table table({{.title = "ARTIFACT"}, {.title = "STATUS"}, {.title = "WHAT"}});
  for (const auto& entry : report.entries) {
    if (entry.status == EntryStatus::kError) continue;  // told on stderr
    auto lines = Lines(entry, in.arguments.Has("show-metadata"));
    if (lines.empty() && entry.status == EntryStatus::kUnchanged && !in.settings.verbose) continue;
    if (lines.empty()) lines.emplace_back();
    for (size_t i = 0; i < lines.size(); ++i) {
      table.Add({{i == 0 ? entry.artifact : "", Paint::kCyan}, i == 0 ? StatusCell(entry.status) : Cell{}, {lines[i]}});
    }
  }
  if (!table.empty()) {
    table.Print(in.out);
    in.out.Write("\n");
  }
}

void PrintSummary(const refresh::RefreshReport& report, Invocation& in) {
  Table table({{.title = "TOTAL", .right = true},
               {.title = "REFRESHED", .right = true},
               {.title = "UNCHANGED", .right = true},
               {.title = "SKIPPED", .right = true},
               {.title = "ERRORS", .right = true},
               {.title = "SUCCESS", .right = true},
               {.title = "REQUESTS", .right = true},
               {.title = "TIME", .right = true}});
  table.Add({{std::to_string(report.entries.size())},
             {std::to_string(report.Count(EntryStatus::kRefreshed)), Paint::kGreen},
             {std::to_string(report.Count(EntryStatus::kUnchanged))},
             {std::to_string(report.Count(EntryStatus::kSkipped))},
             {std::to_string(report.Count(EntryStatus::kError)), report.Count(EntryStatus::kError) > 0 ? Paint::kRed : Paint::kNone},
             {fmt::format("{:.2f}%", report.success_rate())},
             {fmt::format("{} ({} not modified)", report.requests_sent, report.requests_not_modified)},
             {fmt::format("{:.1f} s", static_cast<double>(report.duration_ms) / 1000)}});
  table.Print(in.out);
}

void PrintLimit(const upstream::Ledger& ledger, Invocation& in) {
  if (!ledger.limit || !ledger.remaining || !ledger.reset_at) return;
  in.out.Note(fmt::format("limit: {} of {} requests left until {}", *ledger.remaining, *ledger.limit, LocalTime(*ledger.reset_at)));
}

// Of fields alone, new content is no difference.
bool FoundUpdates(const refresh::RefreshReport& report, bool fields_alone) {
  for (const auto& entry : report.entries) {
    if ((entry.update_available && !fields_alone) || !entry.changes.empty()) return true;
  }
  return false;
}

// Failures weigh more than differences.
int ExitCodeOf(const refresh::RefreshReport& report, bool differences, bool fields_alone) {
  if (report.Count(EntryStatus::kError) > 0) return report.status == "failed" ? kUpstreamExit : kPartExit;
  return differences && FoundUpdates(report, fields_alone) ? kDifferencesExit : kDone;
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto request, ReadRequest(in));
  ASSIGN_OR_RETURN(const auto report, refresh::Refresh(
                                          in.context, [&] { return in.OpenGithub(); }, request));
  in.out.Notes(report.notes);
  for (const auto& entry : report.entries) {
    if (entry.status != EntryStatus::kError) continue;
    in.out.PrintError({entry.code, fmt::format("refreshing {}: {}", entry.artifact, entry.error), {}}, KnownSecrets(in.environment));
  }
  if (in.settings.json) {
    in.out.Document(documents::Json::parse(refresh::ReportJson(report)));
  } else {
    PrintEntries(report, in);
    PrintSummary(report, in);
    if (in.settings.verbose) PrintLimit(report.rate_limit, in);
  }
  return ExitCodeOf(report, in.arguments.Has("exit-code"), !request.fields.empty());
}

}  // namespace

Command RefreshCommand() {
  using enum Option::Arity;
  return {.path = "refresh",
          .summary = "ask GitHub what became of each artifact's source, and record it",
          .positionals =
              {{.name = "ARTIFACT", .help = "all of them if absent", .required = false, .many = true, .completes = Completes::kArtifact}},
          .options = {{.name = "metadata-only", .help = "apply changes of fields (the default)"},
                      {.name = "check", .help = "look and report, change no artifact"},
                      {.name = "sync", .help = "bring content too"},
                      {.name = "type", .letter = 't', .arity = kList, .metavar = "TYPE", .help = "only of these types"},
                      {.name = "name", .letter = 'n', .arity = kOne, .metavar = "GLOB", .help = "only names that match"},
                      {.name = "field",
                       .letter = 'f',
                       .arity = kList,
                       .metavar = "FIELD",
                       .help = "only description, author, license, tags or origin_source"},
                      {.name = "show-metadata", .help = "whole values, however long"},
                      ProjectOption("tell safe updates from conflicts by what is deployed there"),
                      {.name = "overwrite", .help = "with --sync: over local edits, which are captured first"},
                      {.name = "merge", .help = "with --sync: merge into local edits"},
                      {.name = "wait", .help = "wait until an exhausted limit is reset, and go on"},
                      {.name = "exit-code", .help = "with --check: 9 if there is something to update"},
                      TokenFileOption(),
                      MessageOption(),
                      DryRunOption()},
          .examples = {{"refresh", "descriptions, licenses and tags of everything"},
                       {"refresh --check --exit-code -t skill", "is there anything new? for a script"}},
          .exit_codes = {kNotFoundExit, kBusyExit, kUpstreamExit, kPartExit, kDifferencesExit},
          .use = Use::kWrites,
          .run = Run};
}

Command CollectionRefreshCommand() {
  auto command = RefreshCommand();
  command.path = "collection refresh";
  command.summary = "the same as `refresh`";
  for (auto& example : command.examples) example.line = "collection " + example.line;
  return command;
}

}  // namespace skilltrail::cli
