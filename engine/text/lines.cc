#include "engine/text/lines.h"

#include <algorithm>
#include <dtl/dtl.hpp>

#include "events/name.h"

namespace skilltrail::text {
namespace {

using Lines = std::vector<uint32_t>;

// A line of one side that the other has nowhere is changed whatever the script says, so dtl is shown the others only: two texts with
// nothing in common, its worst case, cost nothing. `where` maps back.
struct Reduced {
  Lines lines;
  std::vector<size_t> where;
};

Reduced Reduce(const Lines& from, size_t begin, size_t end, const std::vector<bool>& in_other) {
  Reduced out;
  for (size_t i = begin; i < end; ++i) {
    if (from[i] >= in_other.size() || !in_other[from[i]]) continue;
    out.lines.push_back(from[i]);
    out.where.push_back(i);
  }
  return out;
}

std::vector<bool> Present(const Lines& lines, size_t begin, size_t end) {
  std::vector<bool> present;
  for (size_t i = begin; i < end; ++i) {
    if (lines[i] >= present.size()) present.resize(lines[i] + 1);
    present[lines[i]] = true;
  }
  return present;
}

struct Match {
  size_t a = 0, b = 0;
};

// The common lines of a[begin, a_end) and b[begin, b_end), in order.
std::vector<Match> CommonLines(const Lines& a, const Lines& b, size_t begin, size_t a_end, size_t b_end) {
  const Reduced left = Reduce(a, begin, a_end, Present(b, begin, b_end));
  const Reduced right = Reduce(b, begin, b_end, Present(a, begin, a_end));
  if (left.lines.empty() || right.lines.empty()) return {};
  dtl::Diff<uint32_t, Lines> diff(left.lines, right.lines);
  diff.compose();
  std::vector<Match> matches;
  size_t x = 0, y = 0;
  for (const auto& [line, info] : diff.getSes().getSequence()) {
    if (info.type == dtl::SES_COMMON) matches.push_back({left.where[x], right.where[y]});
    if (info.type != dtl::SES_ADD) ++x;
    if (info.type != dtl::SES_DELETE) ++y;
  }
  return matches;
}

// Moves a lone insertion or removal down while the text stays the same, up to the next hunk, which it then joins.
void SlideDown(const Lines& a, const Lines& b, std::vector<Hunk>& hunks) {
  for (size_t i = hunks.size(); i-- > 0;) {
    Hunk& hunk = hunks[i];
    const bool inserts = hunk.a_begin == hunk.a_end, removes = hunk.b_begin == hunk.b_end;
    if (!inserts && !removes) continue;
    const size_t limit = i + 1 < hunks.size() ? hunks[i + 1].a_begin : a.size();
    const Lines& side = inserts ? b : a;
    size_t& begin = inserts ? hunk.b_begin : hunk.a_begin;
    size_t& end = inserts ? hunk.b_end : hunk.a_end;
    size_t& other = inserts ? hunk.a_end : hunk.b_end;
    size_t moved = 0;
    while (hunk.a_end < limit && side[begin] == side[end]) {
      ++begin, ++end, ++other, ++moved;
    }
    (inserts ? hunk.a_begin : hunk.b_begin) += moved;
    if (i + 1 == hunks.size() || hunk.a_end < limit) continue;
    hunk.a_end = hunks[i + 1].a_end;
    hunk.b_end = hunks[i + 1].b_end;
    hunks.erase(hunks.begin() + static_cast<ptrdiff_t>(i) + 1);
  }
}

}  // namespace

bool IsText(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && IsUtf8(bytes);
}

bool FitsLimits(std::string_view text) {
  return text.size() <= kMaxTextBytes && static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) <= kMaxTextLines;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

std::vector<uint32_t> LineNumbers::Of(const std::vector<std::string_view>& lines) {
  std::vector<uint32_t> out;
  out.reserve(lines.size());
  for (const auto& line : lines) out.push_back(numbers_.try_emplace(line, static_cast<uint32_t>(numbers_.size())).first->second);
  return out;
}

std::vector<Hunk> DiffLines(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t begin = 0, a_end = a.size(), b_end = b.size();
  while (begin < a_end && begin < b_end && a[begin] == b[begin]) ++begin;
  while (a_end > begin && b_end > begin && a[a_end - 1] == b[b_end - 1]) --a_end, --b_end;
  std::vector<Match> matches = CommonLines(a, b, begin, a_end, b_end);
  matches.push_back({a_end, b_end});
  std::vector<Hunk> hunks;
  size_t x = begin, y = begin;
  for (const Match& match : matches) {
    if (match.a > x || match.b > y) hunks.push_back({x, match.a, y, match.b});
    x = match.a + 1;
    y = match.b + 1;
  }
  SlideDown(a, b, hunks);
  return hunks;
}

}  // namespace skilltrail::text
