#include "cli/program.h"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/completion.h"
#include "cli/documents/error.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/invocation.h"
#include "cli/parse.h"
#include "cli/secrets.h"

namespace skilltrail::cli {
namespace {

// Seen before the command line is understood, so that even a usage error has its document.
bool AsksForJson(const std::vector<std::string>& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

Context MakeContext(const Command& command, const Parsed& parsed, const Settings& settings, const std::vector<std::string>& words,
                    const std::vector<std::string>& secrets, TerminalProgress* progress) {
  Context context;
  context.store = settings.store;
  context.collection = settings.collection;
  context.at = settings.at;
  context.actor = ScrubSecrets(settings.actor, secrets);
  context.command = RecordedCommand(words, secrets);
  context.message = ScrubSecrets(parsed.arguments.Value("message"), secrets);
  context.lock_timeout_ms = settings.lock_timeout_ms;
  context.dry_run = parsed.arguments.Has("dry-run");
  context.progress = progress;
  if (command.use == Use::kWrites) context.interrupted = WasInterrupted;
  return context;
}

Result<int> RunCommand(const Parsed& parsed, const std::vector<std::string>& words, const std::vector<std::string>& secrets, Output& out) {
  const auto& command = *parsed.command;
  const Environment environment = ProcessEnvironment;
  ASSIGN_OR_RETURN(const auto settings, ReadSettings(parsed.arguments, environment, command.use != Use::kNoStore));
  out.Configure(settings);
  if (!settings.at.empty() && !command.takes_at) {
    return Error{Code::kUsage, fmt::format("--at: {} does not look at the past", command.path), {}};
  }
  TerminalProgress progress(!settings.quiet);
  out.Attach(&progress);
  InstallSignals(command.use == Use::kWrites);
  Invocation invocation{parsed.arguments, settings, environment, MakeContext(command, parsed, settings, words, secrets, &progress), out};
  auto exit_code = command.run(invocation);
  if (exit_code.ok() && invocation.context.dry_run && !settings.json) out.Note("nothing was written (--dry-run)");
  out.Attach(nullptr);
  return exit_code;
}

Result<int> Run(const std::vector<std::string>& words, const std::vector<std::string>& secrets, Output& out) {
  ASSIGN_OR_RETURN(const auto parsed, Parse(words));
  if (parsed.arguments.Has("version")) {
    if (parsed.arguments.Has("json")) {
      out.Write("{\"version\": \"" SKILLTRAIL_VERSION "\"}\n");
    } else {
      out.Write("skilltrail " SKILLTRAIL_VERSION "\n");
    }
    return kDone;
  }
  if (parsed.arguments.Has("help-man")) {
    out.Write(ManPage());
    return kDone;
  }
  const bool help = parsed.arguments.Has("help");
  if (help && parsed.command != nullptr) {
    out.Write(CommandHelp(*parsed.command));
  } else if (help && parsed.group != nullptr) {
    out.Write(GroupHelp(*parsed.group));
  } else if (help) {
    out.Write(Overview());
  } else if (parsed.command != nullptr) {
    return RunCommand(parsed, words, secrets, out);
  } else if (parsed.group != nullptr) {
    return Error{Code::kUsage, fmt::format("{}: which of its commands?", parsed.group->name),
                 fmt::format("`skilltrail {} --help` lists them", parsed.group->name)};
  } else {
    return Error{Code::kUsage, "no command was given", "`skilltrail --help` lists them"};
  }
  return kDone;
}

}  // namespace

int RunProgram(int argc, char** argv) {
  ReserveStandardDescriptors();
  RaiseDescriptorLimit();
  InstallSignals(false);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto secrets = KnownSecrets(ProcessEnvironment);
  Output out;
  Result<int> exit_code = kDone;
  try {
    exit_code = Run(words, secrets, out);
  } catch (const std::exception& unexpected) {
    exit_code = Error{Code::kFailed, fmt::format("unexpected: {}", unexpected.what()), {}};
  }
  if (!exit_code.ok()) {
    out.PrintError(exit_code.error(), secrets);
    if (AsksForJson(words)) out.Document(documents::ErrorJson(exit_code.error(), secrets));
  }
  if (const auto finished = out.Finish(); !finished.ok()) {
    out.PrintError(finished.error(), secrets);
    return ExitCode(finished.error().code);
  }
  return exit_code.ok() ? *exit_code : ExitCode(exit_code.error().code);
}

}  // namespace skilltrail::cli
