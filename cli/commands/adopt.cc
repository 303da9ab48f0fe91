#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "engine/curate/curate.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  if (in.arguments.Has("name")) RETURN_IF_ERROR(CheckName(in.arguments.Value("name"), "name"));
  const curate::AdoptRequest request{.dir = AbsolutePath(in.arguments.Word(0)), .name = in.arguments.Value("name")};
  ASSIGN_OR_RETURN(const auto report, curate::Adopt(in.context, request));
  in.out.Notes(report.notes);
  const int code = report.failed > 0 ? kPartExit : kDone;
  if (in.settings.json) {
    in.out.Document(documents::AdoptJson(report, in.context.dry_run));
    return code;
  }
  for (const auto& one : report.collections) {
    in.out.Write(fmt::format("{} the collection \"{}\" in {}: {}\n", in.context.dry_run ? "would adopt" : "adopted", OneLine(one.name),
                             one.path.string(), Count(one.artifact_count, "artifact")));
  }
  return code;
}

}  // namespace

Command AdoptCommand() {
  return {.path = "adopt",
          .summary = "take an existing directory as a collection, in place",
          .positionals = {{.name = "DIR",
                           .help = "a SkillMeat collection, ~/.skillmeat, or a directory with skills/, commands/, ...",
                           .completes = Completes::kDirectory}},
          .options =
              {{.name = "name", .arity = Option::Arity::kOne, .metavar = "NAME", .help = "what to call it (what its collection.toml says)"},
               MessageOption(),
               DryRunOption()},
          .examples = {{"adopt ~/.skillmeat", "every collection in it"}, {"adopt ~/skills --name mine", "a directory with skills/ in it"}},
          .exit_codes = {kNotFoundExit, kConflictExit, kBusyExit, kPartExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
