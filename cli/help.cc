#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_codes.h"
#include "cli/text.h"

namespace skilltrail::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string TwoColumns(const Lines& lines) {
  size_t width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, left.size());
  std::string out;
  for (const auto& [left, right] : lines) out += fmt::format("  {:<{}}  {}\n", left, width, right);
  return out;
}

std::string Explained(const std::string& help, const std::vector<std::string>& choices) {
  if (choices.empty()) return help;
  const auto list = Join(choices);
  return help.find(choices.front()) != std::string::npos ? help : fmt::format("{}: {}", help, list);
}

Lines OptionLines(const std::vector<Option>& options) {
  Lines lines;
  for (const auto& option : options) {
    if (!option.hidden) lines.emplace_back(OptionLabel(option), Explained(option.help, option.choices));
  }
  return lines;
}

std::string GlobalSummary() {
  std::string line = "Global options:";
  std::string out;
  for (const auto& option : GlobalOptions()) {
    if (option.hidden) continue;
    const auto word = " --" + option.name;
    if (line.size() + word.size() > 100) {
      out += std::exchange(line, " ") + "\n";
    }
    line += word;
  }
  return out + line + "\n  (`skilltrail --help` explains them)\n";
}

std::string ExitLines(const std::vector<int>& special) {
  std::vector<int> codes = {kDone, kFailedExit, kUsageExit};
  codes.insert(codes.end(), special.begin(), special.end());
  std::sort(codes.begin(), codes.end());
  Lines lines;
  for (const int code : codes) lines.emplace_back(std::to_string(code), ExitMeaning(code));
  return TwoColumns(lines);
}

}  // namespace

std::string UsageLine(const Command& command) {
  auto line = "skilltrail " + command.path;
  for (const auto& place : command.positionals) {
    const auto name = place.choices.empty() ? place.name + (place.many ? "..." : "") : Join(place.choices, "|");
    line += place.required ? " " + name : " [" + name + "]";
  }
  return command.options.empty() ? line : line + " [OPTIONS]";
}

std::string OptionLabel(const Option& option) {
  auto label = option.letter == 0 ? "    --" + option.name : fmt::format("-{}, --{}", option.letter, option.name);
  if (option.metavar.empty()) return label;
  return fmt::format("{} {}{}", label, option.metavar, option.arity == Option::Arity::kList ? ",..." : "");
}

std::string CommandHelp(const Command& command) {
  auto out = fmt::format("skilltrail {}: {}\n\nUsage: {}\n", command.path, command.summary, UsageLine(command));
  Lines places;
  for (const auto& place : command.positionals) places.emplace_back(place.name, Explained(place.help, place.choices));
  if (!places.empty()) out += "\n" + TwoColumns(places);
  if (!command.options.empty()) out += "\nOptions:\n" + TwoColumns(OptionLines(command.options));
  if (FindGroup(command.path) != nullptr) out += "\n" + GroupHelp(*FindGroup(command.path));
  out += "\nExamples:\n";
  for (const auto& example : command.examples) out += fmt::format("  skilltrail {}\n      {}\n", example.line, example.does);
  out += "\nExit codes:\n" + ExitLines(command.exit_codes);
  return out + "\n" + GlobalSummary();
}

std::string GroupHelp(const Group& group) {
  Lines lines;
  for (const auto& command : Commands()) {
    if (command.path.starts_with(group.name + " ")) lines.emplace_back(command.path, command.summary);
  }
  return fmt::format("skilltrail {}: {}\n\nCommands:\n{}", group.name, group.summary, TwoColumns(lines));
}

std::string Overview() {
  Lines lines;
  for (const auto& command : Commands()) {
    if (command.hidden) continue;
    const auto space = command.path.find(' ');
    if (space == std::string::npos) {
      lines.emplace_back(command.path, command.summary);
    } else if (const auto first = command.path.substr(0, space); lines.empty() || lines.back().first != first) {
      lines.emplace_back(first, FindGroup(first)->summary);
    }
  }
  return fmt::format(
      "skilltrail {}: the flight recorder for AI-agent artifacts\n\nUsage: skilltrail COMMAND [OPTIONS]\n\nCommands:\n{}\nGlobal "
      "options:\n{}\n"
      "`skilltrail COMMAND --help` explains a command.\n",
      SKILLTRAIL_VERSION, TwoColumns(lines), TwoColumns(OptionLines(GlobalOptions())));
}

}  // namespace skilltrail::cli
