#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/documents/collection.h"
#include "cli/invocation.h"
#include "engine/curate/curate.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(const auto report, curate::Init(in.context));
  if (in.settings.json) {
    in.out.Document(documents::InitJson(report));
  } else if (report.already) {
    in.out.Note(fmt::format("{} is a store already; nothing was changed", report.store.string()));
  } else {
    in.out.Write(fmt::format("created the store {} with the collection \"{}\"\n", report.store.string(), report.collection));
  }
  return kDone;
}

}  // namespace

Command InitCommand() {
  return {.path = "init",
          .summary = "create the store and a default collection",
          .examples = {{"init", "make ~/.local/share/skilltrail"}, {"init --store /srv/skills", "make a store somewhere else"}},
          .exit_codes = {kBusyExit, kCorruptExit},
          .use = Use::kWrites,
          .run = Run};
}

}  // namespace skilltrail::cli
