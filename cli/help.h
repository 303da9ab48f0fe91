// Help: made from the command table.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace skilltrail::cli {

// "skilltrail snapshot create [NAME] [OPTIONS]"
std::string UsageLine(const Command& command);
// "-n, --limit N"
std::string OptionLabel(const Option& option);

std::string CommandHelp(const Command& command);
std::string GroupHelp(const Group& group);
// All commands, by their first words, and the global options.
std::string Overview();

// What `help TOPIC` explains beside the commands.
struct Topic {
  std::string name;  // "points"
  std::string summary;
  std::string text;  // lines
};
const std::vector<Topic>& Topics();

}  // namespace skilltrail::cli
