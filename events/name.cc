#include "events/name.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace skilltrail {
namespace {

constexpr size_t kMaxNameBytes = 255;   // NAME_MAX of Linux
constexpr size_t kMaxPathBytes = 4096;  // PATH_MAX of Linux
constexpr size_t kMaxQuotedBytes = 120;
constexpr size_t kMinBeginning = 3;       // characters of a word that may be the beginning of another
constexpr size_t kMaxGuessedBytes = 255;  // the distance costs the product of both lengths

struct CodePoint {
  uint32_t value;
  size_t size;
};

// The code point at the start of `text`; nothing if the bytes are not valid UTF-8: overlong, a surrogate, beyond U+10FFFF or cut.
std::optional<CodePoint> DecodeUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return CodePoint{lead, 1};
  const size_t size = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (size == 0 || text.size() < size) return std::nullopt;
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return std::nullopt;
  return CodePoint{value, size};
}

bool IsControl(uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value <= 0x9f);
}

bool HasControl(std::string_view utf8) {
  while (!utf8.empty()) {
    const auto point = DecodeUtf8(utf8);
    if (!point || IsControl(point->value)) return true;
    utf8.remove_prefix(point->size);
  }
  return false;
}

// The text's characters; an invalid byte counts as one of its own, outside of Unicode so that it equals no character.
std::u32string Characters(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const auto point = DecodeUtf8(text);
    out += static_cast<char32_t>(point ? point->value : 0x110000u + static_cast<uint8_t>(text[0]));
    text.remove_prefix(point ? point->size : 1);
  }
  return out;
}

// Edit distance with transposition of neighbours as one edit (optimal string alignment).
size_t Distance(std::u32string_view a, std::u32string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

// The end (behind its ']') of the set that starts at `start` (its '['); nothing if it is not closed. A ']' right at its start is a member.
std::optional<size_t> SetEnd(std::u32string_view pattern, size_t start) {
  size_t i = start + 1;
  if (i < pattern.size() && (pattern[i] == U'!' || pattern[i] == U'^')) ++i;
  const auto close = pattern.find(U']', i + 1);
  return close == std::u32string_view::npos ? std::nullopt : std::optional(close + 1);
}

bool InSet(std::u32string_view set, char32_t c) {
  set = set.substr(1, set.size() - 2);
  const bool negated = set[0] == U'!' || set[0] == U'^';
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == U'-') {
      found = found || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != negated;
}

// Where the pattern goes on after its element at `at` (not a star) has matched `c`; nothing if it does not match.
std::optional<size_t> MatchOne(std::u32string_view pattern, size_t at, char32_t c) {
  if (pattern[at] == U'?') return at + 1;
  if (pattern[at] == U'[') {
    if (const auto end = SetEnd(pattern, at)) return InSet(pattern.substr(at, *end - at), c) ? end : std::nullopt;
  }
  return pattern[at] == c ? std::optional(at + 1) : std::nullopt;
}

}  // namespace

Status CheckName(std::string_view name, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return Error{Code::kUsage, fmt::format("{} {}: {}", what, Quote(name), why), "use letters, digits, '-', '_' and inner dots"};
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kMaxNameBytes) return refuse(fmt::format("it is longer than {} bytes", kMaxNameBytes));
  if (!IsUtf8(name)) return refuse("it is not UTF-8");
  if (HasControl(name)) return refuse("it holds a control character");
  if (name.find_first_of("/\\") != std::string_view::npos) return refuse("it holds a slash");
  if (name.front() == '.') return refuse("it starts with a dot");
  if (name.find("..") != std::string_view::npos) return refuse("it holds \"..\"");
  return {};
}

Status CheckRelativePath(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return Error{Code::kUsage, fmt::format("path {}: {}", Quote(path), why), "use a relative path with '/' between its parts"};
  };
  if (path.empty()) return refuse("it is empty");
  if (path.size() > kMaxPathBytes) return refuse(fmt::format("it is longer than {} bytes", kMaxPathBytes));
  if (path.find('\0') != std::string_view::npos) return refuse("it holds a NUL byte");
  for (size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto part = path.substr(start, end - start);
    if (part.empty()) return refuse("it has an empty part");
    if (part == "." || part == "..") return refuse(fmt::format("it holds \"{}\"", part));
    start = end + 1;
  }
  return {};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = DecodeUtf8(text);
    if (!point) return false;
    text.remove_prefix(point->size);
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto point = DecodeUtf8(text);
    out += point ? text.substr(0, point->size) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(point ? point->size : 1);
  }
  return out;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  const bool cut = text.size() > kMaxQuotedBytes;
  size_t left = kMaxQuotedBytes;
  while (!text.empty()) {
    const auto point = DecodeUtf8(text);
    const size_t size = point ? point->size : 1;
    if (size > left) break;
    if (point && !IsControl(point->value)) {
      out += text.substr(0, size);
    } else {
      for (char c : text.substr(0, size)) out += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
    }
    left -= size;
    text.remove_prefix(size);
  }
  return out + (cut ? "...\"" : "\"");
}

std::string Nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > kMaxGuessedBytes) return {};
  const auto letters = Characters(word);
  size_t limit = std::max<size_t>(2, letters.size() / 3);
  std::string nearest;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kMaxGuessedBytes) continue;
    const auto other = Characters(candidate);
    const size_t distance = Distance(letters, other);
    // A word in which every letter was replaced is another word, however short.
    if (distance > limit || distance >= std::max(letters.size(), other.size())) continue;
    if (!nearest.empty() && distance == limit) continue;
    nearest = candidate;
    limit = distance;
  }
  if (!nearest.empty() || letters.size() < kMinBeginning) return nearest;
  // Much may be missing at the end.
  const auto begun = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& one) { return one.starts_with(word); });
  return begun == candidates.end() ? std::string() : *begun;
}

bool GlobMatch(std::string_view pattern_text, std::string_view text) {
  const auto pattern = Characters(pattern_text);
  const auto subject = Characters(text);
  size_t p = 0;
  size_t s = 0;
  // On a mismatch only the last star can help: it takes one character more. So the work is bounded by the product of both lengths.
  std::optional<std::pair<size_t, size_t>> star;
  while (s < subject.size()) {
    if (p < pattern.size() && pattern[p] == U'*') {
      star = {++p, s};
      continue;
    }
    const auto next = p < pattern.size() ? MatchOne(pattern, p, subject[s]) : std::nullopt;
    if (next) {
      p = *next;
      ++s;
    } else if (star) {
      p = star->first;
      s = ++star->second;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of(U'*', p) == std::u32string::npos;
}

}  // namespace skilltrail
