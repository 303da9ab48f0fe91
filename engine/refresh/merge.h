// Merge: two contents that came from one base. A file that only one side changed takes that side, deletions included.
#pragma once

#include <string>
#include <vector>

#include "engine/collection/content.h"

namespace skilltrail::refresh {

struct Merged {
  collection::Content content;         // whole only if nothing conflicts
  std::vector<std::string> conflicts;  // files that both sides changed, each in its way; sorted
};
Merged Merge(const collection::Content& base, const collection::Content& ours, const collection::Content& theirs);

}  // namespace skilltrail::refresh
