#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "engine/collection/looks.h"
#include "engine/query/query.h"

namespace skilltrail::query {
namespace {

using Json = nlohmann::json;

// What a refresh left as its answer; null if the blob is not there or no document.
Json ReportOf(const projections::RefreshMark& mark, const Reading& reading) {
  const auto& digest = mark.completed.report;
  if (digest.empty()) return {};
  auto bytes = reading.blobs().Get(DigestFromBytes(digest.data(), digest.size()));
  Json report = bytes.ok() ? Json::parse(*bytes, nullptr, false) : Json();
  return report.is_object() ? report : Json();
}

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

void ReadLastRefresh(const projections::RefreshMark& mark, const Json& answer, StatusReport& report) {
  StatusReport::Refresh last{mark.seq,
                             mark.recorded_at,
                             mark.completed.mode,
                             mark.completed.total,
                             mark.completed.refreshed,
                             mark.completed.unchanged,
                             mark.completed.skipped,
                             mark.completed.errors,
                             {}};
  const Json::json_pointer remaining("/requests/rate_limit_remaining");
  if (answer.contains(remaining) && answer[remaining].is_number_integer()) last.rate_limit_remaining = answer[remaining].get<int64_t>();
  report.last_refresh = last;
}

// An artifact's newest mention counts; an update that was taken since is none.
void ReadUpdates(const projections::CollectionState& state, const projections::RefreshMark& mark, const Json& answer,
                 std::set<std::string>& seen, StatusReport& report) {
  const auto details = answer.find("details");
  if (details == answer.end() || !details->is_array()) return;
  for (const auto& entry : *details) {
    if (!entry.is_object()) continue;
    const std::string id = TextOf(entry, "artifact_id");
    const std::string upstream = TextOf(entry, "upstream_sha");
    if (upstream.empty() || !seen.insert(id).second) continue;
    const auto* artifact = state.Find(id);
    const bool update = entry.value("update_available", Json()) == Json(true);
    if (artifact == nullptr || !update || artifact->resolved_sha != TextOf(entry, "current_sha")) continue;
    report.updates.push_back({id, artifact->resolved_sha, upstream, mark.recorded_at});
  }
}

void ReadRefreshes(const projections::CollectionState& state, const Reading& reading, StatusReport& report) {
  const auto& marks = state.refreshes().marks();
  std::set<std::string> seen;
  for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) {
    const Json answer = ReportOf(*mark, reading);
    if (mark == marks.rbegin()) ReadLastRefresh(*mark, answer, report);
    if (answer.is_object()) ReadUpdates(state, *mark, answer, seen, report);
  }
  std::sort(report.updates.begin(), report.updates.end(), [](const auto& a, const auto& b) { return a.artifact < b.artifact; });
}

Status ReadProjects(const Reading& reading, const Moment& moment, StatusReport& report) {
  ASSIGN_OR_RETURN(const auto paths, reading.states().Projects());
  for (const auto& path : paths) {
    ASSIGN_OR_RETURN(const auto state, reading.states().ProjectAt(path, moment.seq));
    std::error_code failed;
    StatusReport::Project project{path, std::filesystem::is_directory(path, failed), 0, {}};
    for (const auto& [key, deployment] : state.deployments) {
      if (deployment.collection != report.collection) continue;
      ++project.deployments;
      if (!deployment.drift) continue;
      ++project.open_drift[schema::EnumNameDriftType(deployment.drift->type)];
      ++report.open_drift;
    }
    report.deployments += project.deployments;
    if (project.deployments > 0) report.projects.push_back(std::move(project));
  }
  return {};
}

Status ReadEdits(const Context& context, StatusReport& report) {
  Context looking = context;
  looking.dry_run = true;
  looking.collection = report.collection;
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(looking));
  collection::Looks looks(context.store, {});
  ASSIGN_OR_RETURN(auto captured, CaptureReadable(*writing, report.collection, looks));
  looks.Save();
  report.uncaptured = std::move(captured.changes);
  report.notes = std::move(captured.notes);
  for (const auto& [artifact, error] : captured.unreadable) report.notes.push_back(error.message);
  return {};
}

}  // namespace

Result<StatusReport> StatusOf(const Context& context) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  ASSIGN_OR_RETURN(const Moment moment, reading->At());
  ASSIGN_OR_RETURN(const auto state, reading->CollectionState("", moment));
  StatusReport report;
  report.store = context.store;
  report.collection = state.name();
  report.path = reading->DirectoryOf(state);
  report.head = moment.seq;
  report.head_logged_at = moment.logged_at;
  report.artifact_count = state.size();
  for (const auto* artifact : state.artifacts()) {
    ++report.by_type[artifact->id.substr(0, artifact->id.find(':'))];
    report.last_refreshed_at = std::max(report.last_refreshed_at, artifact->last_refreshed_at);
  }
  ReadRefreshes(state, *reading, report);
  RETURN_IF_ERROR(ReadProjects(*reading, moment, report));
  if (context.at.empty()) RETURN_IF_ERROR(ReadEdits(context, report));
  return report;
}

}  // namespace skilltrail::query
