#include "cli/help.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

std::string Topics(const std::string& indent) {
  std::string out;
  for (const auto& topic : cli::Topics()) out += fmt::format("{}{:<12}{}\n", indent, topic.name, topic.summary);
  return out;
}

Result<std::string> TextOf(const std::string& subject) {
  if (subject.empty()) return Overview() + "\nTopics of `skilltrail help`:\n" + Topics("  ");
  for (const auto& topic : cli::Topics()) {
    if (topic.name == subject) return topic.text;
  }
  if (const auto* command = FindCommand(subject); command != nullptr && !command->hidden) return CommandHelp(*command);
  if (const auto* group = FindGroup(subject)) return GroupHelp(*group);
  std::vector<std::string> known;
  for (const auto& topic : cli::Topics()) known.push_back(topic.name);
  for (const auto& command : Commands()) {
    if (!command.hidden) known.push_back(command.path);
  }
  const auto near = Nearest(subject, known);
  return Error{Code::kUsage, fmt::format("no command and no topic {}", Quote(subject)),
               near.empty() ? "`skilltrail help` lists them" : fmt::format("did you mean {}?", Quote(near))};
}

Result<int> Run(Invocation& in) {
  const auto subject = Join(in.arguments.words(), " ");
  ASSIGN_OR_RETURN(const auto text, TextOf(subject));
  if (in.settings.json) {
    in.out.Document({{"topic", subject}, {"text", text}});
    return kDone;
  }
  in.out.StartPager(in.environment);
  in.out.Write(text);
  return kDone;
}

}  // namespace

Command HelpCommand() {
  return {.path = "help",
          .summary = "explain a command, or one of points, filters, exit-codes",
          .positionals = {{.name = "TOPIC", .help = "a command, points, filters or exit-codes", .required = false, .many = true}},
          .examples = {{"help points", "how to name a moment"}, {"help snapshot create", "the same as snapshot create --help"}},
          .use = Use::kNoStore,
          .run = Run};
}

}  // namespace skilltrail::cli
