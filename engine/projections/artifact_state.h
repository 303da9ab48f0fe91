// ArtifactState: what is known of one artifact, folded from its own stream. Pure: events in, state out; no clock, no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/event_log.h"
#include "schema/events_generated.h"

namespace skilltrail::projections {

// The record is the state: the same table stands in ArtifactAdded, ArtifactRestored and checkpoints. Folded, its tag sets are sorted
// without doubles, its metadata sorted by name. `added_seq` is the event that added it, restored it or moved its source: refreshes before
// that one say nothing of it any more. `changed_seq` is the last event of its stream, whatever its kind.
using ArtifactState = schema::ArtifactRecordT;

// (imported − hidden) ∪ user ∪ front matter, sorted.
std::vector<std::string> EffectiveTags(const ArtifactState& artifact);
// The event that leads from one artifact's tags to another's, effective changes and whole sets.
schema::TagsEditedT TagsEdit(schema::ChangeCause cause, const ArtifactState& before, const ArtifactState& after);
// The metadata field, or empty. Fields are kept sorted by name.
std::string_view MetadataOf(const ArtifactState& artifact, std::string_view field);
// An empty value removes the field.
void SetMetadata(ArtifactState& artifact, std::string_view field, std::string_view value);

// Folds one event of the artifact's own stream; nothing before ArtifactAdded or ArtifactRestored, nor after ArtifactRemoved. Events of
// other kinds that stand in the stream (deployments, drift) change changed_seq alone. `updated_at` is the recorded_at of the last event
// that changed content, metadata or tags; a restore brings back the one it carries. What refreshes imply is not brought in: see
// refresh_marks.h.
void Apply(std::optional<ArtifactState>& artifact, const store::StoredEvent& event);

}  // namespace skilltrail::projections
