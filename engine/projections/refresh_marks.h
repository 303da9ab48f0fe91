// RefreshMarks: the refreshes a collection has seen, kept as few as answer "when was this artifact last checked?". A refresh that covered
// an artifact leaves no event of its own for it: coverage is a pure function of RefreshCompleted and the artifact.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "engine/projections/artifact_state.h"

namespace skilltrail::projections {

struct RefreshMark {
  Seq seq = 0;
  Micros recorded_at = 0;
  schema::RefreshCompletedT completed;  // `repositories` and `excepted` are sorted
};

// True if that refresh looked at the artifact and neither failed nor skipped it: its source's repository answered, the filters let it
// through, it is not excepted, and it stood in the collection, with the source it has, by then (added_seq < seq).
bool Covers(const RefreshMark& mark, const ArtifactState& artifact);

class RefreshMarks {
 public:
  RefreshMarks() = default;
  // As marks() of another gave them.
  explicit RefreshMarks(std::vector<RefreshMark> marks) : marks_(std::move(marks)) {}

  // In order of sequence; sorts the lists of `completed`. An earlier mark that says nothing the new one does not is dropped.
  void Add(RefreshMark mark);
  // The same, from a RefreshCompleted where it stands.
  void Add(const store::StoredEvent& event, const schema::RefreshCompleted& completed);
  // Brings tags_checked_at (last covering mark whose fields include tags) and last_refreshed_at (last covering mark that was not
  // check_only) of the artifact up to the marks. Idempotent, and the outcome does not depend on how often it is called between Adds.
  void Settle(ArtifactState& artifact) const;
  const std::vector<RefreshMark>& marks() const { return marks_; }

 private:
  std::vector<RefreshMark> marks_;  // by sequence
};

// Folds one event of the artifact's stream, as Apply of artifact_state.h, with `refreshes` those that came before it: coverage goes by the
// source that an artifact had at the time, so they are settled before a SourceMoved changes it.
void Apply(std::optional<ArtifactState>& artifact, const RefreshMarks& refreshes, const store::StoredEvent& event);

}  // namespace skilltrail::projections
