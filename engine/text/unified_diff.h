// DiffText: two versions of a file as a unified diff, the form that `patch` and `git apply` take.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace skilltrail::text {

struct UnifiedDiff {
  enum class Outcome {
    kSame,      // text is empty
    kText,      // text is the header and the hunks
    kBinary,    // a version has a NUL or is not UTF-8; text is one line that says so
    kTooLarge,  // a version is over 8 MiB or 200,000 lines; text is one line that says so
  };
  Outcome outcome = Outcome::kSame;
  std::string text;  // ends in a newline unless empty
  size_t added = 0;  // lines; of kText
  size_t removed = 0;
};

// Versions of the file `path`; nullopt: there is none, and /dev/null stands in the header. Three lines of context; a last line without
// newline is followed by "\ No newline at end of file". The path is quoted as git does where it has control characters, quotes or
// backslashes; the lines stand as they are.
UnifiedDiff DiffText(std::string_view path, std::optional<std::string_view> before, std::optional<std::string_view> after);

}  // namespace skilltrail::text
