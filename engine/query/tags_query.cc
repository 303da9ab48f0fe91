#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/query/query.h"
#include "engine/query/run_book.h"
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

using StringList = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

bool Lists(const StringList* list, const std::string& tag) {
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const auto* one) { return View(one) == tag; });
}

void Appeared(TagView& view, Seq seq, Micros at) {
  if (view.first_seq == 0 || seq < view.first_seq) {
    view.first_seq = seq;
    view.first_at = at;
  }
  if (seq > view.last_seq) {
    view.last_seq = seq;
    view.last_at = at;
  }
}

// The ends of the tag's own stream: found from both sides, so that a tag of a million imports costs no more than one of two.
Status FindEnds(const store::EventLog& log, const std::string& collection, Seq through, TagView& view) {
  for (const bool newest_first : {false, true}) {
    store::ScanOptions options;
    options.through = through;
    options.newest_first = newest_first;
    const auto look = [&](const store::StoredEvent& event) {
      const auto* imported = event.event->payload_as_TagsImported();
      const auto* edited = event.event->payload_as_TagsEdited();
      const bool added =
          (imported != nullptr && Lists(imported->added(), view.tag)) || (edited != nullptr && Lists(edited->added(), view.tag));
      if (!added || View(event.event->collection()) != collection) return store::Visit::kContinue;
      Appeared(view, event.seq, event.event->recorded_at());
      return store::Visit::kStop;
    };
    RETURN_IF_ERROR(log.ScanWhere({{store::TagStream(view.tag)}, {store::CollectionStream(collection)}}, options, look));
  }
  return {};
}

// What additions and restores carried; of those a log holds few.
Status FindCarried(const store::EventLog& log, const std::string& collection, Seq through, std::vector<TagView>& tags) {
  store::ScanOptions options;
  options.through = through;
  const auto look = [&](const store::StoredEvent& event) {
    const auto* added = event.event->payload_as_ArtifactAdded();
    const auto* restored = event.event->payload_as_ArtifactRestored();
    const auto* record = added != nullptr ? added->record() : restored != nullptr ? restored->record() : nullptr;
    if (record == nullptr) return store::Visit::kContinue;
    if (record->imported_tags() == nullptr && record->user_tags() == nullptr && record->front_matter_tags() == nullptr) {
      return store::Visit::kContinue;
    }
    projections::ArtifactState state;
    record->UnPackTo(&state);
    for (const auto& tag : projections::EffectiveTags(state)) {
      const auto view = std::lower_bound(tags.begin(), tags.end(), tag, [](const TagView& a, const std::string& b) { return a.tag < b; });
      if (view != tags.end() && view->tag == tag) Appeared(*view, event.seq, event.event->recorded_at());
    }
    return store::Visit::kContinue;
  };
  return log.ScanWhere({{store::TypeStream(schema::Payload::ArtifactAdded), store::TypeStream(schema::Payload::ArtifactRestored)},
                        {store::CollectionStream(collection)}},
                       options, look);
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
  for (auto& view : report.tags) RETURN_IF_ERROR(FindEnds(reading.log(), listed->collection, listed->as_of.seq, view));
  RETURN_IF_ERROR(FindCarried(reading.log(), listed->collection, listed->as_of.seq, report.tags));
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
  RunBook runs(reading.log());
  for (auto& change : *history) {
    auto run = runs.Of(change.run);
    if (!run.ok()) return run.error();
    report.history.push_back({std::move(change), (*run)->actor});
  }
  return report;
}

}  // namespace skilltrail::query
