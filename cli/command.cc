#include "cli/command.h"

#include <algorithm>

namespace skilltrail::cli {

const std::vector<Option>& GlobalOptions() {
  using enum Option::Arity;
  static const std::vector<Option> options = {
      {.name = "store", .arity = kOne, .metavar = "DIR", .help = "the store (SKILLTRAIL_STORE)", .completes = Completes::kDirectory},
      {.name = "collection",
       .letter = 'c',
       .arity = kOne,
       .metavar = "NAME",
       .help = "the collection (SKILLTRAIL_COLLECTION)",
       .completes = Completes::kCollection},
      {.name = "json", .help = "one JSON document on stdout"},
      {.name = "at",
       .arity = kOne,
       .metavar = "POINT",
       .help = "answer as of that moment: 1042, @~3, run:SEQ, snap:NAME, a time, 2d (`help points`)",
       .completes = Completes::kPoint},
      {.name = "color", .arity = kOne, .metavar = "WHEN", .help = "auto, always or never", .choices = {"auto", "always", "never"}},
      {.name = "no-pager", .help = "never start a pager"},
      {.name = "quiet", .letter = 'q', .help = "no notes on stderr"},
      {.name = "verbose", .letter = 'v', .help = "more of them"},
      {.name = "yes", .help = "do not ask"},
      {.name = "lock-timeout", .arity = kOne, .metavar = "SECONDS", .help = "how long to wait for another writer (10)"},
      {.name = "actor", .arity = kOne, .metavar = "NAME", .help = "who is recorded (SKILLTRAIL_ACTOR, else user@host)"},
      {.name = "help", .letter = 'h', .help = "this help"},
      {.name = "version", .help = "print the version"},
      {.name = "help-man", .help = "print the man page", .hidden = true},
  };
  return options;
}

const Command* FindCommand(std::string_view path) {
  const auto& commands = Commands();
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) { return command.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

const Group* FindGroup(std::string_view name) {
  const auto& groups = Groups();
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

Option MessageOption() {
  return {.name = "message", .letter = 'm', .arity = Option::Arity::kOne, .metavar = "MESSAGE", .help = "why; recorded with the run"};
}

Option DryRunOption() {
  return {.name = "dry-run", .help = "report what would be done, write nothing"};
}

Option ProjectOption(std::string help) {
  return {.name = "project", .arity = Option::Arity::kOne, .metavar = "DIR", .help = std::move(help), .completes = Completes::kDirectory};
}

Option ProfileOption(std::string help) {
  return {.name = "profile", .letter = 'p', .arity = Option::Arity::kOne, .metavar = "PROFILE", .help = std::move(help)};
}

Option TokenFileOption() {
  return {.name = "token-file",
          .arity = Option::Arity::kOne,
          .metavar = "FILE",
          .help = "read the GitHub token from there",
          .completes = Completes::kFile};
}

}  // namespace skilltrail::cli
