// Texts and edits of them, as random as their seed.
#pragma once

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace skilltrail::testing {

using TextLines = std::vector<std::string>;

inline std::string Join(const TextLines& lines) {
  std::string out;
  for (const auto& line : lines) out += line;
  return out;
}

class RandomText {
 public:
  explicit RandomText(unsigned seed) : random_(seed) {}

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  // A line that no other call gives.
  std::string FreshLine() { return (Below(5) == 0 ? "--- " : "line ") + std::to_string(next_++) + "\n"; }
  // One of few lines, so that they repeat.
  std::string CommonLine() { return std::string(1, static_cast<char>('a' + Below(4))) + "\n"; }

  // With up to `edits` places removed, replaced or filled with lines of `make`; sometimes the last newline goes.
  template <class Make>
  TextLines Edit(TextLines lines, size_t edits, Make make) {
    for (size_t i = Below(edits + 1); i > 0; --i) {
      const size_t at = Below(lines.size() + 1), removed = std::min(Below(3), lines.size() - at);
      TextLines added;
      for (size_t k = Below(3); k > 0; --k) added.push_back(make());
      const auto place = lines.begin() + static_cast<ptrdiff_t>(at);
      lines.insert(lines.erase(place, place + static_cast<ptrdiff_t>(removed)), added.begin(), added.end());
    }
    for (auto& line : lines) {
      if (!line.ends_with('\n')) line += '\n';
    }
    if (!lines.empty() && Below(8) == 0) lines.back().pop_back();
    return lines;
  }

 private:
  std::mt19937 random_;
  size_t next_ = 0;
};

// A program's answer to files in a directory of its own.
class OtherProgram {
 public:
  void Give(const std::string& name, const std::string& bytes) { std::ofstream(dir_.path() / name, std::ios::binary) << bytes; }
  // The exit status, as `system` has it; 127 shifted where the program is not there.
  int Run(const std::string& command) const {
    return std::system(("cd '" + dir_.path().string() + "' && " + command + " >out 2>/dev/null").c_str());
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(dir_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  TempDir dir_;
};

}  // namespace skilltrail::testing
