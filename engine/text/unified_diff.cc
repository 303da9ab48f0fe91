#include "engine/text/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "engine/text/lines.h"

namespace skilltrail::text {
namespace {

constexpr size_t kContextLines = 3;

using Lines = std::vector<std::string_view>;

// As git writes a path that would break the line or the terminal: in quotes, with C escapes.
std::string QuotePath(const std::string& path) {
  const auto odd = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '"' || c == '\\'; };
  if (std::none_of(path.begin(), path.end(), odd)) return path;
  std::string out = "\"";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (odd(byte)) {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Name(std::string_view prefix, std::string_view path, bool there) {
  return there ? QuotePath(fmt::format("{}/{}", prefix, path)) : "/dev/null";
}

void Write(char mark, const Lines& lines, size_t begin, size_t end, std::string& out) {
  for (size_t i = begin; i < end; ++i) {
    out += mark;
    out += lines[i];
    if (!lines[i].ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

// A range counts lines from 1; an empty one names the line before it.
std::string Range(size_t begin, size_t end) {
  const size_t count = end - begin;
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

// Hunks whose contexts meet stand under one header.
void WriteHunks(const std::vector<Hunk>& hunks, const Lines& a, const Lines& b, UnifiedDiff& diff) {
  for (auto first = hunks.begin(); first != hunks.end();) {
    auto last = first;
    while (std::next(last) != hunks.end() && std::next(last)->a_begin - last->a_end <= 2 * kContextLines) ++last;
    const size_t before = std::min(first->a_begin, kContextLines);
    const size_t after = std::min(a.size() - last->a_end, kContextLines);
    diff.text += fmt::format("@@ -{} +{} @@\n", Range(first->a_begin - before, last->a_end + after),
                             Range(first->b_begin - before, last->b_end + after));
    size_t at = first->a_begin - before;
    for (auto hunk = first; hunk != std::next(last); ++hunk) {
      Write(' ', a, at, hunk->a_begin, diff.text);
      Write('-', a, hunk->a_begin, hunk->a_end, diff.text);
      Write('+', b, hunk->b_begin, hunk->b_end, diff.text);
      diff.removed += hunk->a_end - hunk->a_begin;
      diff.added += hunk->b_end - hunk->b_begin;
      at = hunk->a_end;
    }
    Write(' ', a, at, at + after, diff.text);
    first = std::next(last);
  }
}

}  // namespace

UnifiedDiff DiffText(std::string_view path, std::optional<std::string_view> before, std::optional<std::string_view> after) {
  UnifiedDiff diff;
  if (before == after) return diff;
  const std::string_view left = before.value_or(""), right = after.value_or("");
  const std::string from = Name("a", path, before.has_value()), to = Name("b", path, after.has_value());
  if (!IsText(left) || !IsText(right)) {
    diff.outcome = UnifiedDiff::Outcome::kBinary;
    diff.text = fmt::format("Binary files {} and {} differ\n", from, to);
    return diff;
  }
  if (!FitsLimits(left) || !FitsLimits(right)) {
    diff.outcome = UnifiedDiff::Outcome::kTooLarge;
    diff.text = fmt::format("Files {} and {} differ, too large to compare by lines\n", from, to);
    return diff;
  }
  diff.outcome = UnifiedDiff::Outcome::kText;
  diff.text = fmt::format("--- {}\n+++ {}\n", from, to);
  const Lines a = SplitLines(left), b = SplitLines(right);
  LineNumbers numbers;
  const auto a_numbers = numbers.Of(a);
  WriteHunks(DiffLines(a_numbers, numbers.Of(b)), a, b, diff);
  return diff;
}

}  // namespace skilltrail::text
