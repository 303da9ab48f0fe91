#include "engine/deploy/drift.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/project.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

using schema::DriftType;

Paint PaintOf(DriftType type) {
  return type == DriftType::conflict || type == DriftType::unknown ? Paint::kRed : type == DriftType::added ? Paint::kDim : Paint::kYellow;
}

// What differs, in one line: files, then front matter fields and tags.
std::string Differences(const deploy::DriftEntry& entry) {
  if (!entry.error.empty()) return entry.error;
  std::vector<std::string> words;
  for (const auto& file : entry.files) {
    const char sign = file.kind == collection::FileChange::Kind::kAdded     ? '+'
                      : file.kind == collection::FileChange::Kind::kRemoved ? '-'
                                                                            : '~';
    words.push_back(sign + file.path);
  }
  for (const auto& field : entry.fields) words.push_back("field " + field.field);
  for (const auto& tag : entry.tags_added) words.push_back("tag +" + tag);
  for (const auto& tag : entry.tags_removed) words.push_back("tag -" + tag);
  return Join(words);
}

// Deployed below two roots, one artifact has two copies.
std::string Copy(const deploy::DriftEntry& entry) {
  return entry.profile_root == deploy::Profile().root ? entry.artifact : fmt::format("{} ({})", entry.artifact, entry.profile_root);
}

void Print(const deploy::DriftReport& report, Invocation& in) {
  in.out.Write(fmt::format("{}: {} of {} drifted\n", in.out.Painted(OneLine(report.project.string()), Paint::kBold), report.drifted(),
                           Count(report.total_artifacts, "artifact")));
  Table table({{.title = "ARTIFACT"}, {.title = "DRIFT"}, {.title = "SINCE"}, {.title = "WHAT", .flexible = true}, {.title = "DO"}});
  for (const auto& entry : report.entries) {
    if (entry.verdict.type == DriftType::added) continue;
    table.Add({{Copy(entry), Paint::kCyan},
               {schema::EnumNameDriftType(entry.verdict.type), PaintOf(entry.verdict.type)},
               {LocalTime(entry.modification_detected_at)},
               {Differences(entry)},
               {entry.verdict.recommendation}});
  }
  if (!table.empty()) table.Print(in.out);
  if (const size_t added = report.Count(DriftType::added); added > 0) {
    in.out.Write(
        fmt::format("{} of \"{}\" {} not deployed here\n", Count(added, "artifact"), report.collection, added == 1 ? "is" : "are"));
  }
}

// Not to know is no answer either: a check that could not read something is done in part.
int ExitCodeOf(const std::vector<deploy::DriftReport>& reports) {
  size_t drifted = 0;
  size_t unknown = 0;
  for (const auto& report : reports) {
    drifted += report.drifted();
    unknown += report.Count(DriftType::unknown);
  }
  return drifted > 0 ? kDifferencesExit : unknown > 0 ? kPartExit : kDone;
}

Result<int> Run(Invocation& in) {
  deploy::DriftRequest request;
  request.all = in.arguments.Has("all");
  request.rehash = in.arguments.Has("rehash");
  const auto given = in.arguments.Values("project");
  if (request.all && !given.empty()) return Error{Code::kUsage, "--all and --project exclude each other", {}};
  for (const auto& dir : given) {
    ASSIGN_OR_RETURN(auto project, deploy::FindProject(dir, {}));
    request.projects.push_back(std::move(project));
  }
  if (!request.all && given.empty()) {
    ASSIGN_OR_RETURN(auto project, in.Project());
    request.projects.push_back(std::move(project));
  }
  ASSIGN_OR_RETURN(const auto reports, deploy::Drift(in.context, request));
  for (const auto& report : reports) in.out.Notes(report.notes);
  if (in.settings.json) {
    in.out.Document(request.all || given.size() > 1 || reports.size() != 1 ? documents::DriftsJson(reports)
                                                                           : documents::DriftJson(reports.front()));
  } else {
    for (const auto& report : reports) Print(report, in);
    if (reports.empty()) in.out.Note("nothing is deployed anywhere");
  }
  return in.arguments.Has("exit-code") ? ExitCodeOf(reports) : kDone;
}

}  // namespace

Command DriftCommand() {
  auto project = ProjectOption("where (nearest directory upward with a .claude, else here); again for more");
  project.arity = Option::Arity::kRepeated;
  return {.path = "drift",
          .summary = "compare deployed copies with the collection and with what was agreed",
          .options = {project,
                      {.name = "all", .help = "every project with a deployment"},
                      {.name = "exit-code", .help = "9 if something has drifted, 8 if something could not be read"},
                      {.name = "rehash", .help = "read every file, whatever its time stamps say"}},
          .examples = {{"drift --project ~/site", "one project"}, {"drift --all --exit-code", "has anything been edited anywhere?"}},
          .exit_codes = {kNotFoundExit, kCorruptExit, kPartExit, kDifferencesExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
