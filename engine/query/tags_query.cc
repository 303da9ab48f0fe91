#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/query/query.h"
#include "events/codec.h"

namespace skilltrail::query {
namespace {

bool Has(const std::vector<std::string>& tags, const std::string& tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

std::string ProvenanceOf(const projections::ArtifactState& artifact, const std::string& tag) {
  if (Has(artifact.imported_tags, tag) && !Has(artifact.hidden_tags, tag)) return "imported";
  if (Has(artifact.user_tags, tag)) return "user";
  if (Has(artifact.front_matter_tags, tag)) return "front_matter";
  return "hidden";
}

Result<std::string> ActorOf(const Reading& reading, const RunId& run) {
  std::string actor;
  Status scanned = reading.log().ScanStream(store::RunStream(run), {}, [&](const store::StoredEvent& event) {
    if (const auto* started = event.event->payload_as_RunStarted()) actor = View(started->actor());
    return store::Visit::kStop;
  });
  if (!scanned.ok()) return scanned.error();
  return actor;
}

}  // namespace

Result<TagsReport> Tags(Reading& reading, const std::string& artifact) {
  auto shown = Show(reading, artifact);
  if (!shown.ok()) return shown.error();
  const projections::ArtifactState& state = shown->artifact;
  auto history = reading.states().TagHistoryAt(shown->collection, state.id, shown->as_of.seq);
  if (!history.ok()) return history.error();
  TagsReport report;
  report.artifact = state.id;
  report.tags_imported_at = state.tags_imported_at;
  report.tags_checked_at = state.tags_checked_at;
  report.as_of = shown->as_of;
  std::set<std::string> all;
  for (const auto* tags : {&state.imported_tags, &state.user_tags, &state.front_matter_tags, &state.hidden_tags})
    all.insert(tags->begin(), tags->end());
  for (const auto& tag : all) {
    TagView view;
    view.tag = tag;
    view.provenance = ProvenanceOf(state, tag);
    view.artifact = state.id;
    for (const auto& change : *history) {
      if (!Has(view.provenance == "hidden" ? change.removed : change.added, tag)) continue;
      view.seq = change.seq;
      view.recorded_at = change.recorded_at;
    }
    report.tags.push_back(std::move(view));
  }
  return report;
}

Result<TagsReport> AllTags(Reading& reading) {
  auto listed = List(reading, {});
  if (!listed.ok()) return listed.error();
  std::map<std::string, std::pair<size_t, std::set<std::string>>> tags;
  for (const auto& artifact : listed->artifacts) {
    for (const auto& tag : projections::EffectiveTags(artifact)) {
      auto& [count, provenances] = tags[tag];
      ++count;
      provenances.insert(ProvenanceOf(artifact, tag));
    }
  }
  TagsReport report;
  report.as_of = listed->as_of;
  for (const auto& [tag, known] : tags) {
    TagView view;
    view.tag = tag;
    view.count = known.first;
    for (const auto& one : known.second) view.provenance += (view.provenance.empty() ? "" : ", ") + one;
    report.tags.push_back(std::move(view));
  }
  return report;
}

Result<TagHistoryReport> TagHistory(Reading& reading, const std::string& artifact) {
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  auto info = reading.Collection("", *moment);
  if (!info.ok()) return info.error();
  auto id = reading.FindEver(info->name, artifact, *moment);
  if (!id.ok()) return id.error();
  auto history = reading.states().TagHistoryAt(info->name, *id, moment->seq);
  if (!history.ok()) return history.error();
  TagHistoryReport report;
  report.artifact = *id;
  std::map<RunId, std::string> actors;
  for (auto& change : *history) {
    auto known = actors.find(change.run);
    if (known == actors.end()) {
      auto actor = ActorOf(reading, change.run);
      if (!actor.ok()) return actor.error();
      known = actors.emplace(change.run, std::move(*actor)).first;
    }
    report.history.push_back({std::move(change), known->second});
  }
  return report;
}

}  // namespace skilltrail::query
