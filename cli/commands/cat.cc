#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/invocation.h"
#include "engine/query/query.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

struct Place {
  std::string artifact;
  std::string path;  // empty: its metadata file
};

// ARTIFACT[:PATH], where ARTIFACT may itself be type:name: a first word that is a type means one.
Place SplitPlace(const std::string& text) {
  auto colon = text.find(':');
  if (colon != std::string::npos && ParseType(text.substr(0, colon))) colon = text.find(':', colon + 1);
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Result<int> Run(Invocation& in) {
  const auto place = SplitPlace(in.arguments.Word(0));
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  ASSIGN_OR_RETURN(const auto bytes, query::Cat(*reading, place.artifact, place.path));
  if (!in.settings.json) {
    in.out.Write(bytes);
    return kDone;
  }
  if (!IsUtf8(bytes)) return Error{Code::kFailed, "the file is not UTF-8, which is all that JSON can hold", "leave out --json"};
  ASSIGN_OR_RETURN(const auto shown, query::Show(*reading, place.artifact));
  in.out.Document({{"artifact_id", shown.artifact.id},
                   {"path", place.path.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(place.path)},
                   {"content", bytes}});
  return kDone;
}

}  // namespace

Command CatCommand() {
  return {.path = "cat",
          .summary = "print a file of an artifact",
          .positionals = {{.name = "ARTIFACT[:PATH]", .help = "without PATH its metadata file (SKILL.md, the command's file, ...)"}},
          .examples = {{"cat skill:pdf", "its SKILL.md"}, {"cat pdf:scripts/fill.py --at snap:before", "a file as it was"}},
          .exit_codes = {kNotFoundExit, kCorruptExit},
          .takes_at = true,
          .run = Run};
}

}  // namespace skilltrail::cli
