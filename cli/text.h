// Text for people: safe to send to a terminal, measured, cut, in local time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/digest.h"
#include "events/time.h"

namespace skilltrail::cli {

// One line without control characters: line breaks and tabs become blanks, what could steer a terminal becomes U+FFFD, invalid bytes too.
std::string OneLine(std::string_view text);
// The same, line breaks kept.
std::string Printable(std::string_view text);

// Columns that a terminal gives it: 2 for wide East Asian characters and emoji, 0 for combining marks.
size_t DisplayWidth(std::string_view text);
// At most `width` columns, the last of them an ellipsis where something was cut.
std::string CutTo(std::string_view text, size_t width);

// "2026-01-22 09:30:05" in the local time zone; empty for 0.
std::string LocalTime(Micros time);
// "3m ago"; "never" for 0.
std::string Age(Micros then, Micros now);
// "1 artifact", "2 artifacts".
std::string Count(uint64_t number, std::string_view noun);
// "17 bytes", "4.2 kB", "1.3 GB".
std::string SizeText(uint64_t bytes);
// The first twelve digits: enough to tell by eye.
std::string ShortHash(std::string_view hex);
std::string Join(const std::vector<std::string>& words, std::string_view between = ", ");

}  // namespace skilltrail::cli
