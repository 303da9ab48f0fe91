#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/artifact.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  query::ListRequest request;
  request.tag = in.arguments.Value("tag");
  request.name_glob = in.arguments.Value("name");
  if (in.arguments.Has("name") && request.name_glob.empty()) return Error{Code::kUsage, "--name is empty", "leave it out for all"};
  ASSIGN_OR_RETURN(request.types, in.arguments.Types("type"));
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto report, query::List(*reading, request));
  if (in.settings.json) {
    in.out.Document(documents::ListJson(report));
    return kDone;
  }
  Table table({{.title = "ARTIFACT"}, {.title = "TAGS", .flexible = true}, {.title = "UPDATED"}, {.title = "DESCRIPTION"}});
  for (const auto& artifact : report.artifacts) {
    table.Add({{artifact.id, Paint::kCyan},
               {Join(projections::EffectiveTags(artifact))},
               {Age(artifact.updated_at, in.now()), Paint::kDim},
               {std::string(projections::MetadataOf(artifact, "description"))}});
  }
  if (table.empty()) in.out.Note("no artifacts");
  table.Print(in.out);
  return kDone;
}

}  // namespace

Command ListCommand() {
  using enum Option::Arity;
  return {
      .path = "list",
      .summary = "list the collection's artifacts",
      .options = {{.name = "type", .letter = 't', .arity = kList, .metavar = "TYPE", .help = "only of these types"},
                  {.name = "tag", .arity = kOne, .metavar = "TAG", .help = "only those that carry it"},
                  {.name = "name", .letter = 'n', .arity = kOne, .metavar = "GLOB", .help = "only names that match"}},
      .examples = {{"list --type skill,agent --tag pdf", "skills and agents with a tag"}, {"list --at 2026-01-22", "what was there then"}},
      .exit_codes = {kNotFoundExit, kCorruptExit},
      .takes_at = true,
      .run = Run};
}

}  // namespace skilltrail::cli
