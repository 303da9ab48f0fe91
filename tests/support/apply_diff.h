// A unified diff applied as `patch` does it, strictly.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace skilltrail::testing {

inline std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// Throws where a context line or a removed line does not stand where the hunk says.
inline std::string ApplyDiff(std::string_view before, std::string_view diff) {
  const auto require = [](bool fits) {
    if (!fits) throw std::runtime_error("the diff does not apply");
  };
  const auto old = LinesOf(before);
  const auto lines = LinesOf(diff);
  std::string out;
  size_t at = 0;
  for (size_t i = 2; i < lines.size(); ++i) {
    std::string line = lines[i];
    if (line.starts_with("\\")) continue;
    if (i + 1 < lines.size() && lines[i + 1].starts_with("\\")) line.pop_back();
    if (line.starts_with("@@")) {
      size_t start = 0, count = 1;
      require(std::sscanf(line.c_str(), "@@ -%zu,%zu", &start, &count) >= 1);
      if (count > 0) --start;
      require(start >= at && start <= old.size());
      while (at < start) out += old[at++];
    } else if (line[0] == '+') {
      out += line.substr(1);
    } else {
      require(at < old.size() && old[at] == line.substr(1));
      if (line[0] == ' ') out += old[at];
      ++at;
    }
  }
  while (at < old.size()) out += old[at++];
  return out;
}

}  // namespace skilltrail::testing
