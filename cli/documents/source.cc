#include "cli/documents/source.h"

#include <nlohmann/json.hpp>

namespace skilltrail::cli::documents {

Json SourceJson(const refresh::SourceReport& report) {
  Json moves = Json::array();
  for (const auto& move : report.moves)
    moves.push_back({{"moved_at", TimeOrNull(move.moved_at)}, {"before", move.before}, {"after", move.after}});
  Json identity;
  if (report.identity) {
    identity = {{"before", report.identity->before}, {"after", report.identity->after}, {"seen_at", TimeOrNull(report.identity->seen_at)}};
  }
  Json trouble;
  if (report.trouble) trouble = {{"seen_at", TimeOrNull(report.trouble->seen_at)}, {"reason", report.trouble->why}};
  const auto* state = report.state ? &*report.state : nullptr;
  const bool said = state != nullptr && state->said_at != 0;
  return {{"artifact_id", report.artifact},
          {"source", TextOrNull(report.source)},
          {"repository", TextOrNull(report.repository)},
          {"repository_id", report.repository_id == 0 ? Json() : Json(report.repository_id)},
          {"origin_source", TextOrNull(report.origin_source)},
          {"version_spec", TextOrNull(report.version_spec)},
          {"resolved_sha", TextOrNull(report.resolved_sha)},
          {"last_refreshed_at", TimeOrNull(report.last_refreshed_at)},
          {"tags_checked_at", TimeOrNull(report.tags_checked_at)},
          {"archived", said ? Json(state->archived) : Json()},
          {"visibility", said ? Json(state->is_private ? "private" : "public") : Json()},
          {"license", said ? TextOrNull(state->license) : Json()},
          {"lost_at", state == nullptr ? Json() : TimeOrNull(state->lost_at)},
          {"failures", state == nullptr ? 0 : state->failures},
          {"identity_changed", std::move(identity)},
          {"not_compared", std::move(trouble)},
          {"moves", std::move(moves)},
          {"as_of", MomentJson(report.as_of)}};
}

Json AcceptedJson(const refresh::AcceptReport& report) {
  return {{"artifact_id", report.artifact},
          {"source", report.source},
          {"repository_id", report.repository_id},
          {"run_id", TextOrNull(report.run_id)}};
}

}  // namespace skilltrail::cli::documents
