// Blame: where each value of one artifact comes from: its metadata, its source, its content, its tags. A fold of the artifact's stream that
// keeps every change of every value, those that are gone included.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/artifact_state.h"

namespace skilltrail::projections {

// One event that gave a value, or took it away.
struct BlameChange {
  Seq seq = 0;
  Micros recorded_at = 0;
  RunId run;
  std::string type;       // the event's
  bool removed = false;   // the value is gone with this one
  std::string value;      // after it; empty if removed
  std::string source;     // what it came from: a repository's path; empty where it came from a person
  std::string commit;     // upstream's, hex; empty if the event names none
  std::string validator;  // ETag of upstream's answer
  bool operator==(const BlameChange&) const = default;
};

// An import of tags, whether it changed any or not.
struct BlameImport {
  Seq seq = 0;
  Micros recorded_at = 0;
  RunId run;
  std::string source, validator;
  std::vector<std::string> topics;  // as upstream gave them, sorted
};

class Blame {
 public:
  // Folds one event of the artifact's stream, or the CollectionRemoved of its collection, with which all its values are gone.
  void Apply(const store::StoredEvent& event);

  // By field: "description" and other metadata, "source", "origin_source", "resolved_sha", "content_hash", "path", "tag:NAME"; the changes
  // of each oldest first, never empty. A tag is there while it is an effective one.
  using Changes = std::map<std::string, std::vector<BlameChange>, std::less<>>;
  const Changes& changes() const { return changes_; }
  const std::vector<BlameImport>& imports() const { return imports_; }

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  static Values ValuesOf(const std::optional<ArtifactState>& artifact);

  std::optional<ArtifactState> artifact_;
  Values values_;
  Changes changes_;
  std::vector<BlameImport> imports_;
};

inline constexpr std::string_view kTagPrefix = "tag:";

}  // namespace skilltrail::projections
