#include "cli/completion.h"

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/invocation.h"

namespace skilltrail::cli {
namespace {

Result<int> Run(Invocation& in) {
  const auto shell = in.arguments.Word(0);
  const auto script = shell == "bash" ? BashCompletion() : shell == "zsh" ? ZshCompletion() : FishCompletion();
  if (in.settings.json) {
    in.out.Document({{"shell", shell}, {"script", script}});
  } else {
    in.out.Write(script);
  }
  return kDone;
}

}  // namespace

Command CompletionCommand() {
  return {.path = "completion",
          .summary = "print a completion script",
          .positionals = {{.name = "SHELL", .help = "which shell", .choices = {"bash", "zsh", "fish"}}},
          .examples = {{"completion bash > ~/.local/share/bash-completion/completions/skilltrail", "for bash, from the next shell on"},
                       {"completion fish | source", "for fish, now"}},
          .use = Use::kNoStore,
          .run = Run};
}

}  // namespace skilltrail::cli
