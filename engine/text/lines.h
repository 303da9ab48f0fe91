// A text as lines, and what differs between two of them. Inner to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skilltrail::text {

// Beyond either, texts are not compared by lines: the work would no longer be bounded.
constexpr size_t kMaxTextBytes = 8u << 20;
constexpr size_t kMaxTextLines = 200'000;

// Valid UTF-8 without NUL.
bool IsText(std::string_view bytes);
bool FitsLimits(std::string_view text);

// Each line with its newline; the last may lack it. The views live as long as the text.
std::vector<std::string_view> SplitLines(std::string_view text);

// Gives equal lines equal numbers, across all texts that it is shown.
class LineNumbers {
 public:
  std::vector<uint32_t> Of(const std::vector<std::string_view>& lines);

 private:
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

// Lines [a_begin, a_end) of a stand as [b_begin, b_end) in b.
struct Hunk {
  size_t a_begin = 0, a_end = 0;
  size_t b_begin = 0, b_end = 0;
};
// In order, never empty on both sides, at least one common line between two of them. A lone insertion or removal that could stand in
// several places stands in the last of them.
std::vector<Hunk> DiffLines(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b);

}  // namespace skilltrail::text
