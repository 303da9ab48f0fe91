#include "engine/projections/refresh_marks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "events/name.h"

namespace skilltrail::projections {
namespace {

using Words = std::vector<std::string>;

bool Lists(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A filter that lists nothing lets everything through.
bool Passes(const Words& filter, std::string_view word) {
  return filter.empty() || Lists(filter, word);
}

// owner/repo of owner/repo[/path][@ref], the form in which states hold a source. Not ParseSource: this runs for every artifact and mark.
std::string_view RepositoryOf(std::string_view source) {
  const size_t slash = source.find('/');
  if (slash == std::string_view::npos) return {};
  return source.substr(0, source.find_first_of("/@", slash + 1));
}

void Sort(Words& words) {
  if (!std::is_sorted(words.begin(), words.end())) std::sort(words.begin(), words.end());
}

bool Includes(const Words& wide, const Words& narrow) {
  return std::includes(wide.begin(), wide.end(), narrow.begin(), narrow.end());
}

bool AtLeastAsWide(const Words& filter, const Words& other) {
  return filter.empty() || (!other.empty() && Includes(filter, other));
}

// True if the later mark covers all that the earlier one covers, and says as much about it.
bool Supersedes(const schema::RefreshCompletedT& later, const schema::RefreshCompletedT& earlier) {
  const bool applies = later.mode != schema::RefreshMode::check_only || earlier.mode == schema::RefreshMode::check_only;
  const bool globs_wider = later.name_glob.empty() || later.name_glob == earlier.name_glob;
  return applies && globs_wider && AtLeastAsWide(later.artifacts, earlier.artifacts) && AtLeastAsWide(later.types, earlier.types) &&
         AtLeastAsWide(later.fields, earlier.fields) && Includes(earlier.excepted, later.excepted) &&
         Includes(later.repositories, earlier.repositories);
}

}  // namespace

bool Covers(const RefreshMark& mark, const ArtifactState& artifact) {
  const auto& completed = mark.completed;
  if (mark.seq <= artifact.added_seq || !Passes(completed.artifacts, artifact.id)) return false;
  const std::string_view id = artifact.id;
  const size_t colon = id.find(':');
  if (colon == std::string_view::npos || !Passes(completed.types, id.substr(0, colon))) return false;
  if (!completed.name_glob.empty() && !GlobMatch(completed.name_glob, id.substr(colon + 1))) return false;
  const std::string_view repository = RepositoryOf(artifact.source);
  return !repository.empty() && std::binary_search(completed.repositories.begin(), completed.repositories.end(), repository) &&
         !std::binary_search(completed.excepted.begin(), completed.excepted.end(), id);
}

void RefreshMarks::Add(RefreshMark mark) {
  auto& completed = mark.completed;
  for (Words* words : {&completed.types, &completed.artifacts, &completed.fields, &completed.repositories, &completed.excepted})
    Sort(*words);
  std::erase_if(marks_, [&](const RefreshMark& earlier) { return Supersedes(mark.completed, earlier.completed); });
  marks_.push_back(std::move(mark));
}

void RefreshMarks::Add(const store::StoredEvent& event, const schema::RefreshCompleted& completed) {
  RefreshMark mark;
  mark.seq = event.seq;
  mark.recorded_at = event.event->recorded_at();
  completed.UnPackTo(&mark.completed);
  Add(std::move(mark));
}

void RefreshMarks::Settle(ArtifactState& artifact) const {
  bool checked = false, refreshed = false;
  for (auto mark = marks_.rbegin(); mark != marks_.rend() && mark->seq > artifact.added_seq && !(checked && refreshed); ++mark) {
    const bool tells_checked = !checked && Passes(mark->completed.fields, "tags");
    const bool tells_refreshed = !refreshed && mark->completed.mode != schema::RefreshMode::check_only;
    if (!(tells_checked || tells_refreshed) || !Covers(*mark, artifact)) continue;
    if (tells_checked) artifact.tags_checked_at = mark->recorded_at;
    if (tells_refreshed) artifact.last_refreshed_at = mark->recorded_at;
    checked |= tells_checked;
    refreshed |= tells_refreshed;
  }
}

void Apply(std::optional<ArtifactState>& artifact, const RefreshMarks& refreshes, const store::StoredEvent& event) {
  if (artifact && event.event->payload_type() == schema::Payload::SourceMoved) refreshes.Settle(*artifact);
  Apply(artifact, event);
}

}  // namespace skilltrail::projections
