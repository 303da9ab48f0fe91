// Names: what may be called what, and the nearest known word to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "events/result.h"

namespace skilltrail {

// A name of an artifact or collection becomes a file name: 1 to 255 bytes of UTF-8 without '/', '\', control characters, "..", or a leading
// dot. kUsage naming `what` and the fault otherwise.
Status CheckName(std::string_view name, std::string_view what);

// A relative path inside an artifact: components parted by '/', none empty, "." or "..", no NUL, at most 4096 bytes. kUsage otherwise.
Status CheckRelativePath(std::string_view path);

bool IsUtf8(std::string_view text);
// The text with every byte that is not part of valid UTF-8 replaced by U+FFFD: what JSON can hold.
std::string ToUtf8(std::string_view text);
// The text in double quotes for a message: control characters and invalid bytes as \xNN, cut after 120 bytes.
std::string Quote(std::string_view text);

// The candidate nearest to `word` by edit distance, at most a third of its length (at least 2) away and not all of it; the first of equals.
// If none is near, the first that begins with `word`, of three characters or more; empty if none does.
std::string Nearest(std::string_view word, std::span<const std::string> candidates);

// True if `text` matches the shell pattern with *, ? and [...]; case counts.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace skilltrail
