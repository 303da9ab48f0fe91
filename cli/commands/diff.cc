#include "engine/query/diff.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/diff_printer.h"
#include "cli/documents/history.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "events/id.h"
#include "events/name.h"
#include "events/point.h"

namespace skilltrail::cli {
namespace {

// "skill:pdf" is an artifact, "run:12" and "snap:before" are points: the word before the colon tells.
bool IsArtifact(const std::string& word) {
  const size_t colon = word.find(':');
  if (colon == std::string::npos) return false;
  const std::string type = word.substr(0, colon);
  for (const ArtifactType known : AllTypes()) {
    if (type == TypeName(known)) return true;
  }
  return ParseArtifactId(word).ok();  // an alias of a type
}

// A word that is neither gets the error of a point, or the type that it nearly names.
Error NotUnderstood(const std::string& word, const Error& as_point) {
  std::vector<std::string> types;
  for (const ArtifactType known : AllTypes()) types.emplace_back(TypeName(known));
  const size_t colon = word.find(':');
  const std::string near = colon == std::string::npos ? "" : Nearest(word.substr(0, colon), types);
  if (near.empty()) return as_point;
  return {Code::kUsage, fmt::format("\"{}\" is neither a point nor an artifact", word),
          fmt::format("did you mean \"{}{}\"?", near, word.substr(colon))};
}

Result<query::DiffRequest> ReadRequest(const Invocation& in) {
  query::DiffRequest request;
  for (const auto& word : in.arguments.words()) {
    if (IsArtifact(word)) {
      request.artifacts.push_back(word);
      continue;
    }
    if (auto point = ParsePoint(word, in.now()); !point.ok()) return NotUnderstood(word, point.error());
    if (!request.artifacts.empty())
      return Error{Code::kUsage, fmt::format("diff: the point \"{}\" stands behind an artifact", word), "points come first"};
    if (!request.to.empty()) return Error{Code::kUsage, fmt::format("diff: \"{}\" is a third point", word), "give at most two"};
    (request.from.empty() ? request.from : request.to) = word;
  }
  if (in.arguments.Has("project")) {
    ASSIGN_OR_RETURN(request.project, in.Project());
  } else if (request.from.empty() && !in.settings.at.empty()) {
    return Error{Code::kUsage, "diff: --at says where to, and there is no point to start from", "give one: diff POINT --at POINT"};
  }
  if (!request.to.empty() && !in.settings.at.empty()) return Error{Code::kUsage, "diff: --at and a second point exclude each other", {}};
  request.count = in.arguments.Has("stat");
  request.content = in.arguments.Has("content");
  return request;
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto request, ReadRequest(in));
  ASSIGN_OR_RETURN(const auto report, query::Diff(in.context, request));
  in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(documents::DiffJson(report, request));
  } else {
    in.out.StartPager(in.environment);
    if (report.artifacts.empty()) in.out.Note("no differences");
    if (request.count) PrintDiffStat(report.artifacts, in.out);
    if (!request.count || request.content) PrintDiffs(report.artifacts, in.out);
  }
  return in.arguments.Has("exit-code") && !report.artifacts.empty() ? kDifferencesExit : kDone;
}

}  // namespace

Command DiffCommand() {
  return {.path = "diff",
          .summary = "what differs between two points, or between the collection and its directory",
          .positionals = {{.name = "FROM", .help = "a point; none: edits not yet captured", .required = false},
                          {.name = "TO", .help = "another point; the head if absent", .required = false},
                          {.name = "ARTIFACT", .help = "type:name: only these", .required = false, .many = true}},
          .options = {{.name = "stat", .help = "counts of fields, files and lines"},
                      {.name = "content", .help = "the text of files that differ, as a unified diff"},
                      ProjectOption("collection and project there, each against what was agreed"),
                      {.name = "exit-code", .help = "9 if there are differences"}},
          .examples = {{"diff yesterday --stat", "what has changed since?"},
                       {"diff snap:before @ skill:pdf --content", "one artifact, line by line"}},
          .exit_codes = {kNotFoundExit, kCorruptExit, kDifferencesExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
