// MergeContents: two contents that came from one base, made one, file by file.
#pragma once

#include <string>
#include <vector>

#include "engine/collection/content.h"
#include "engine/text/merge.h"

namespace skilltrail::collection {

struct MergedContent {
  // With every file that does not conflict. A text that does is there with conflict markers; of other files that do, the one that stands
  // here, or the one that is left where a side has deleted it.
  Content content;
  std::vector<std::string> conflicts;  // paths, sorted
  std::vector<std::string> unmerged;   // of them: the content says nothing of what theirs did there
};

// A file that only one side changed takes that side, deletions included; one that both changed alike is taken once; text that both changed
// is merged by lines. A conflict is what is left: lines that both changed, other files that both changed or added, each in its way, and a
// file changed here and deleted there. The executable bit is merged by itself. `labels` stand behind the markers.
MergedContent MergeContents(const Content& base, const Content& ours, const Content& theirs, const text::MergeLabels& labels = {});

}  // namespace skilltrail::collection
