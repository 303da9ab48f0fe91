#include "engine/projections/source_state.h"

#include <algorithm>

#include "events/codec.h"

namespace skilltrail::projections {

std::string SourceKey(std::string_view repository) {
  std::string key(repository);
  std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return key;
}

void Apply(std::map<std::string, SourceState>& sources, const store::StoredEvent& event) {
  const Micros recorded_at = event.event->recorded_at();
  if (const auto* completed = event.event->payload_as_RefreshCompleted(); completed != nullptr && completed->sources() != nullptr) {
    for (const auto* said : *completed->sources()) {
      SourceState& source = sources[SourceKey(View(said->repository()))];
      source.failures = said->failures();
      if (said->failures() > 0) continue;
      source.repository.assign(View(said->repository()));
      source.repository_id = said->repository_id();
      source.archived = said->archived();
      source.is_private = said->is_private();
      source.license.assign(View(said->license()));
      source.said_at = recorded_at;
    }
  }
  if (const auto* changed = event.event->payload_as_SourceChanged()) {
    SourceState& source = sources[SourceKey(View(changed->source()))];
    if (source.repository.empty()) source.repository.assign(View(changed->source()));
    if (changed->change() == schema::SourceChange::lost) source.lost_at = recorded_at;
    if (changed->change() == schema::SourceChange::back) source.lost_at = 0;
  }
}

}  // namespace skilltrail::projections
