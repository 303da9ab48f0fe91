// TagHistory: every import and edit of one artifact's tags, oldest first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/projections/artifact_state.h"

namespace skilltrail::projections {

struct TagChange {
  Seq seq = 0;
  Micros recorded_at = 0;
  RunId run;
  std::string cause;                        // import, edit, restore, adopt
  std::string source;                       // of an import: the repository; else empty
  std::vector<std::string> added, removed;  // in the effective tags: an import of a hidden tag adds none
  std::vector<std::string> after;           // effective tags after
};

class TagHistory {
 public:
  // Folds one event of the artifact's stream, or the CollectionRemoved of its collection, with which its tags are gone. ArtifactAdded with
  // tags, TagsImported, TagsEdited and ArtifactRestored that changes tags leave an entry. Events before the artifact was added leave none.
  void Apply(const store::StoredEvent& event);
  const std::vector<TagChange>& changes() const { return changes_; }

 private:
  std::optional<ArtifactState> artifact_;
  std::vector<TagChange> changes_;
};

}  // namespace skilltrail::projections
