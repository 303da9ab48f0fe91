#include "engine/manifest/toml_nesting.h"

#include <algorithm>
#include <vector>

namespace skilltrail::manifest {
namespace {

// Where the string that starts at `at` ends: behind its closing quotes, or where a fault of the text ends it.
size_t StringEnd(std::string_view toml, size_t at) {
  const char quote = toml[at];
  const bool escapes = quote == '"';
  const bool multiline = toml.size() - at >= 3 && toml[at + 1] == quote && toml[at + 2] == quote;
  for (size_t i = at + (multiline ? 3 : 1); i < toml.size(); ++i) {
    if (escapes && toml[i] == '\\') {
      ++i;
    } else if (!multiline && toml[i] == '\n') {
      return i;
    } else if (toml[i] == quote) {
      if (!multiline) return i + 1;
      size_t quotes = 1;
      while (quotes < 5 && i + quotes < toml.size() && toml[i + quotes] == quote) ++quotes;  // up to two belong to the text
      if (quotes >= 3) return i + quotes;
      i += quotes - 1;
    }
  }
  return toml.size();
}

}  // namespace

size_t FindTooDeepLine(std::string_view toml, size_t limit) {
  std::vector<size_t> enclosing;  // dots of the key before each open bracket
  size_t depth = 0;               // of all that is open
  size_t dots = 0;                // of the key, or of the number, at hand
  const auto line_at = [&](size_t i) {
    return 1 + static_cast<size_t>(std::count(toml.begin(), toml.begin() + static_cast<ptrdiff_t>(i), '\n'));
  };
  for (size_t i = 0; i < toml.size();) {
    switch (toml[i]) {
      case '"':
      case '\'':
        i = StringEnd(toml, i);
        continue;
      case '#':
        i = std::min(toml.find('\n', i), toml.size());
        continue;
      case '[':
      case '{':
        enclosing.push_back(dots);
        depth += dots + 1;
        dots = 0;
        break;
      case ']':
      case '}':
        if (!enclosing.empty()) {
          dots = enclosing.back();
          enclosing.pop_back();
          depth -= dots + 1;
        }
        break;
      case '.':
        ++dots;
        break;
      case ',':
      case '\n':
        dots = 0;
        break;
      default:
        break;
    }
    if (depth + dots > limit) return line_at(i);
    ++i;
  }
  return 0;
}

}  // namespace skilltrail::manifest
