// MergeText: two versions of a text that grew from one base, made one, by lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skilltrail::text {

struct MergeLabels {  // stand behind the markers of a conflict
  std::string ours = "ours";
  std::string theirs = "theirs";
};

struct Merged {
  enum class Outcome {
    kClean,      // text is the merge
    kConflicts,  // text is the merge with `conflicts` places between <<<<<<< ======= >>>>>>>
    kNotText,    // one of the three has a NUL or is not UTF-8: nothing to merge by lines
    kTooLarge,   // one of the three is over 8 MiB or 200,000 lines
  };
  Outcome outcome = Outcome::kClean;
  std::string text;  // of kClean and kConflicts
  size_t conflicts = 0;
};

// What `git merge-file` gives: a change of one side is taken, the same change of both is taken once, changes that overlap or touch are a
// conflict, narrowed to the lines that differ. Where a side equals the base or the other side there is nothing to merge by lines, and the
// answer is clean for any bytes. A file that one side does not have is not an empty text: that case is the caller's.
Merged MergeText(std::string_view base, std::string_view ours, std::string_view theirs, const MergeLabels& labels = {});

}  // namespace skilltrail::text
