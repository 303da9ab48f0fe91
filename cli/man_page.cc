#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/exit_codes.h"
#include "cli/help.h"

namespace skilltrail::cli {
namespace {

std::string RoffText(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string RoffOptions(const std::vector<Option>& options) {
  std::string out;
  for (const auto& option : options) {
    if (option.hidden) continue;
    const auto label = OptionLabel(option);
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", RoffText(label.substr(label.find_first_not_of(' '))), RoffText(option.help));
  }
  return out;
}

std::string HelpTopics() {
  std::string out;
  for (const auto& topic : Topics()) {
    if (topic.name == "exit-codes") continue;  // they have a section of their own
    std::string title = topic.name;
    for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    out += fmt::format(".SH {}\n.nf\n", title);
    for (size_t at = 0; at < topic.text.size();) {
      const auto end = std::min(topic.text.find('\n', at), topic.text.size());
      out += RoffText(topic.text.substr(at, end - at)) + "\n";
      at = end + 1;
    }
    out += ".fi\n";
  }
  return out;
}

}  // namespace

std::string ManPage() {
  auto out = fmt::format(".TH SKILLTRAIL 1 \"\" \"skilltrail {}\"\n.SH NAME\nskilltrail \\- the flight recorder for AI\\-agent artifacts\n",
                         SKILLTRAIL_VERSION);
  out += ".SH SYNOPSIS\n\\fBskilltrail\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const auto& command : Commands()) {
    if (command.hidden) continue;
    out += fmt::format(".SS \"{}\"\n{}.\n", RoffText(UsageLine(command)), RoffText(command.summary));
    out += RoffOptions(command.options);
    out += ".PP\n";
    for (const auto& example : command.examples)
      out += fmt::format(".EX\nskilltrail {}\n.EE\n{}\n.PP\n", RoffText(example.line), RoffText(example.does));
  }
  out += ".SH GLOBAL OPTIONS\n" + RoffOptions(GlobalOptions()) + HelpTopics() + ".SH EXIT STATUS\n";
  for (const int code : {kDone, kFailedExit, kUsageExit, kNotFoundExit, kConflictExit, kBusyExit, kCorruptExit, kUpstreamExit, kPartExit,
                         kDifferencesExit, kInterruptedExit}) {
    out += fmt::format(".TP\n{}\n{}\n", code, RoffText(ExitMeaning(code)));
  }
  return out;
}

}  // namespace skilltrail::cli
