#include "tests/cli/transcript.h"

#include <regex>
#include <utility>

namespace skilltrail::testing {
namespace {

// Order matters where one pattern would take part of another's text.
const std::vector<std::pair<std::string, std::string>>& Placeholders() {
  static const std::vector<std::pair<std::string, std::string>> placeholders = {
      {"<TIME>", R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"},
      {"<LOCAL>", R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"},
      {"<UUID>", R"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"},
      {"<ID>", R"(\d{8}-\d{6}-\d{6})"},
      {"<AGE>", R"(just now|\d+[smhd] ago)"},
      {"<SECONDS>", R"(\d+\.\d s)"},
      {"<HEX>", R"(\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12})\b)"},
  };
  return placeholders;
}

bool IsSpecial(char c) {
  return std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos;
}

std::string ToRegex(const std::string& expected) {
  std::string out;
  for (size_t i = 0; i < expected.size();) {
    const auto rest = std::string_view(expected).substr(i);
    const auto take = [&](std::string_view mark, const std::string& pattern) {
      if (!rest.starts_with(mark)) return false;
      out += "(?:" + pattern + ")";
      i += mark.size();
      return true;
    };
    bool taken = take("<*>", ".*") || take("<N>", R"(\d+)");
    for (const auto& [mark, pattern] : Placeholders()) taken = taken || take(mark, pattern);
    if (taken) continue;
    if (rest.starts_with("  ")) {
      out += " +";
      i = expected.find_first_not_of(' ', i);
      if (i == std::string::npos) break;
      continue;
    }
    if (IsSpecial(expected[i])) out += '\\';
    out += expected[i++];
  }
  return out;
}

bool MatchesFrom(const std::vector<std::string>& expected, size_t e, const std::vector<std::string>& printed, size_t p) {
  if (e == expected.size()) return p == printed.size();
  if (expected[e] == "...") {
    for (size_t next = p; next <= printed.size(); ++next) {
      if (MatchesFrom(expected, e + 1, printed, next)) return true;
    }
    return false;
  }
  if (p == printed.size() || !std::regex_match(printed[p], std::regex(ToRegex(expected[e])))) return false;
  return MatchesFrom(expected, e + 1, printed, p + 1);
}

}  // namespace

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Transcript ParseTranscript(std::string_view text) {
  Transcript transcript;
  size_t number = 0;
  bool in_command = false;
  for (auto& line : Lines(text)) {
    ++number;
    if (line.starts_with("$ ") || line.starts_with("% ")) {
      in_command = line[0] == '$';
      transcript.steps.push_back({number, line.substr(2), line[0] == '%', {}});
    } else if (in_command && line.starts_with("> ")) {
      transcript.steps.back().command += "\n" + line.substr(2);
    } else if (transcript.steps.empty()) {
      transcript.heading.push_back(std::move(line));
    } else {
      in_command = false;
      transcript.steps.back().expected.push_back(std::move(line));
    }
  }
  return transcript;
}

Transcript ParsePage(std::string_view markdown) {
  constexpr std::string_view kComment = "<!-- % ", kEnd = " -->";
  std::string text;
  bool inside = false;
  for (const auto& line : Lines(markdown)) {
    const bool fence = line.starts_with("```");
    if (inside && !fence) {
      text += line;
    } else if (!inside && line.starts_with(kComment) && line.ends_with(kEnd)) {
      text += "% " + line.substr(kComment.size(), line.size() - kComment.size() - kEnd.size());
    }
    text += "\n";  // also for what is passed over, so that lines keep their numbers
    if (fence) inside = !inside && line == "```console";
  }
  auto transcript = ParseTranscript(text);
  for (auto& step : transcript.steps) {
    for (auto& line : step.expected) line = Generalised(line);
    while (!step.expected.empty() && step.expected.back().empty()) step.expected.pop_back();
  }
  return transcript;
}

bool Matches(const std::vector<std::string>& expected, const std::vector<std::string>& printed) {
  std::vector<std::string> wanted;
  for (const auto& line : expected) {
    if (!line.starts_with("# ") && line != "#") wanted.push_back(line);
  }
  while (!wanted.empty() && wanted.back().empty()) wanted.pop_back();  // the blank line before the next step
  auto lines = printed;
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return MatchesFrom(wanted, 0, lines, 0);
}

std::string Generalised(const std::string& line) {
  auto out = line;
  for (const auto& [mark, pattern] : Placeholders()) out = std::regex_replace(out, std::regex(pattern), mark);
  // Numbers that differ from run to run, in a place that says so.
  return std::regex_replace(out, std::regex(R"((127\.0\.0\.1:|"duration_ms": |"rate_limit_remaining": )\d+)"), "$1<N>");
}

}  // namespace skilltrail::testing
