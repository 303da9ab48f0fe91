#include "engine/projections/tag_history.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/projections/overload.h"
#include "events/codec.h"

namespace skilltrail::projections {
namespace {

using PassedOver =
    Ignored<schema::RunStarted, schema::RunCompleted, schema::CollectionCreated, schema::CollectionImported, schema::ArtifactRemoved,
            schema::ContentChanged, schema::MetadataRefreshed, schema::MetadataEdited, schema::RefreshCompleted, schema::SourceMoved,
            schema::SourceChanged, schema::SourceIdentityChanged, schema::SourceAccepted, schema::ArtifactDeployed,
            schema::ArtifactUndeployed, schema::BaselineMoved, schema::DriftDetected, schema::DriftResolved, schema::SnapshotCreated,
            schema::SnapshotDeleted, schema::BlobRedacted, UnknownEvent>;

using Tags = std::vector<std::string>;

Tags Without(const Tags& tags, const Tags& others) {
  Tags rest;
  std::set_difference(tags.begin(), tags.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

Tags TagsOf(const std::optional<ArtifactState>& artifact) {
  return artifact ? EffectiveTags(*artifact) : Tags();
}

std::string CauseOf(schema::ChangeCause cause) {
  return cause == schema::ChangeCause::adopt ? "adopt" : "edit";
}

}  // namespace

void TagHistory::Apply(const store::StoredEvent& event) {
  const bool had_artifact = artifact_.has_value();
  const Tags before = TagsOf(artifact_);
  projections::Apply(artifact_, event);

  TagChange change;
  change.seq = event.seq;
  change.recorded_at = event.event->recorded_at();
  change.run = RunIdOf(*event.event);
  change.after = TagsOf(artifact_);
  const auto say = [&](std::string cause, Tags added, Tags removed) {
    change.cause = std::move(cause);
    change.added = std::move(added);
    change.removed = std::move(removed);
    changes_.push_back(std::move(change));
  };
  VisitPayload(*event.event, Overload{[&](const schema::ArtifactAdded& added) {
                                        if (!change.after.empty()) say(CauseOf(added.cause()), change.after, {});
                                      },
                                      [&](const schema::ArtifactRestored&) {
                                        if (change.after != before)
                                          say("restore", Without(change.after, before), Without(before, change.after));
                                      },
                                      [&](const schema::TagsImported& imported) {
                                        if (!had_artifact) return;
                                        change.source.assign(View(imported.source()));
                                        say("import", Without(change.after, before), Without(before, change.after));
                                      },
                                      [&](const schema::TagsEdited& edited) {
                                        if (had_artifact) say(CauseOf(edited.cause()), Strings(edited.added()), Strings(edited.removed()));
                                      },
                                      [&](const schema::CollectionRemoved&) { artifact_.reset(); }, PassedOver{}});
}

}  // namespace skilltrail::projections
