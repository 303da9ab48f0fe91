#include "cli/text.h"

#include <algorithm>
#include <ctime>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "events/name.h"

namespace skilltrail::cli {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

struct Character {
  char32_t value = 0;
  size_t size = 1;
};

// Most text is; then each byte is a column and nothing can steer a terminal.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Of valid UTF-8.
Character FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t value = size == 1 ? lead : lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size && i < text.size(); ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return {value, std::min(size, text.size())};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <size_t N>
bool InRanges(char32_t value, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) { return range.first <= value && value <= range.last; });
}

// Blocks of Unicode 15 whose characters are East Asian wide, or emoji shown wide (UAX 11).
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2329, 0x232a},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
                           {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                           {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x2fffd}, {0x30000, 0x3fffd}};
constexpr Range kZero[] = {{0x0300, 0x036f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
// C0, DEL and C1 controls, and the marks that turn the direction of what follows.
constexpr Range kSteering[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0x202a, 0x202e}, {0x2066, 0x2069}};

size_t Width(char32_t value) {
  if (value < 0x300) return 1;
  return InRanges(value, kZero) ? 0 : InRanges(value, kWide) ? 2 : 1;
}

std::string Clean(std::string_view text, bool keep_lines) {
  if (IsPlain(text)) return std::string(text);
  const auto utf8 = ToUtf8(text);
  std::string out;
  for (std::string_view rest = utf8; !rest.empty();) {
    const auto character = FirstCharacter(rest);
    if (character.value == '\n' || character.value == '\t' || character.value == '\r') {
      if (keep_lines && character.value == '\n') {
        out += '\n';
      } else if (character.value != '\r') {
        out += ' ';
      }
    } else if (InRanges(character.value, kSteering)) {
      out += kReplacement;
    } else {
      out += rest.substr(0, character.size);
    }
    rest.remove_prefix(character.size);
  }
  return out;
}

}  // namespace

std::string OneLine(std::string_view text) {
  return Clean(text, false);
}

std::string Printable(std::string_view text) {
  return Clean(text, true);
}

size_t DisplayWidth(std::string_view text) {
  if (IsPlain(text)) return text.size();
  size_t width = 0;
  while (!text.empty()) {
    const auto character = FirstCharacter(text);
    width += Width(character.value);
    text.remove_prefix(character.size);
  }
  return width;
}

std::string CutTo(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return {};
  size_t used = 0;
  size_t bytes = 0;
  while (bytes < text.size()) {
    const auto character = FirstCharacter(text.substr(bytes));
    if (used + Width(character.value) > width - 1) break;
    used += Width(character.value);
    bytes += character.size;
  }
  return std::string(text.substr(0, bytes)) + std::string(kEllipsis);
}

std::string LocalTime(Micros time) {
  if (time == 0) return {};
  const std::time_t seconds = time / 1'000'000;
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return FormatTime(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour,
                     local.tm_min, local.tm_sec);
}

std::string Age(Micros then, Micros now) {
  if (then == 0) return "never";
  const auto passed = FormatAgo(then, now);
  return passed == "now" ? "just now" : passed + " ago";
}

std::string Count(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string Size(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto size = static_cast<double>(bytes) / 1024;
  for (const char* unit : {"KiB", "MiB", "GiB"}) {
    if (size < 1024) return fmt::format("{:.1f} {}", size, unit);
    size /= 1024;
  }
  return fmt::format("{:.1f} TiB", size);
}

std::string ShortHash(std::string_view hex) {
  return std::string(hex.substr(0, 12));
}

std::string Join(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

}  // namespace skilltrail::cli
