#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/refresh/refresh.h"
#include "events/time.h"

namespace skilltrail::refresh {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json TimeOrNull(Micros time) {
  return time == 0 ? Json(nullptr) : Json(FormatTime(time));
}

Json Values(const std::map<std::string, FieldValue>& values) {
  if (values.empty()) return nullptr;
  Json json = Json::object();
  for (const auto& [field, value] : values) {
    if (value.list) {
      json[field] = *value.list;
    } else {
      json[field] = value.present ? Json(value.text) : Json(nullptr);
    }
  }
  return json;
}

const char* StatusName(EntryStatus status) {
  switch (status) {
    case EntryStatus::kRefreshed:
      return "refreshed";
    case EntryStatus::kUnchanged:
      return "unchanged";
    case EntryStatus::kSkipped:
      return "skipped";
    case EntryStatus::kError:
      return "error";
  }
  return "";
}

Json Detail(const Entry& entry) {
  return {
      {"artifact_id", entry.artifact},
      {"status", StatusName(entry.status)},
      {"changes", entry.changes},
      {"old_values", Values(entry.old_values)},
      {"new_values", Values(entry.new_values)},
      {"error", TextOrNull(entry.error)},
      {"reason", TextOrNull(entry.reason)},
      {"duration_ms", entry.duration_ms},
      {"tags_imported_at", TimeOrNull(entry.tags_imported_at)},
      {"update_available", entry.update_available},
      {"current_sha", TextOrNull(entry.current_sha)},
      {"upstream_sha", TextOrNull(entry.upstream_sha)},
      {"merge_strategy", entry.merge_strategy},
  };
}

}  // namespace

size_t RefreshReport::Count(EntryStatus wanted) const {
  return static_cast<size_t>(std::count_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.status == wanted; }));
}

double RefreshReport::success_rate() const {
  if (entries.empty()) return 0.0;
  const auto good = static_cast<double>(Count(EntryStatus::kRefreshed) + Count(EntryStatus::kUnchanged));
  return std::round(10'000.0 * good / static_cast<double>(entries.size())) / 100.0;
}

std::string ReportJson(const RefreshReport& report) {
  Json details = Json::array();
  for (const auto& entry : report.entries) details.push_back(Detail(entry));
  const Json json = {
      {"collection_id", report.collection},
      {"run_id", TextOrNull(report.run_id)},
      {"status", report.status},
      {"timestamp", FormatTime(report.timestamp)},
      {"mode", schema::EnumNameRefreshMode(report.mode)},
      {"dry_run", report.dry_run},
      {"summary",
       {
           {"total_processed", report.entries.size()},
           {"refreshed_count", report.Count(EntryStatus::kRefreshed)},
           {"unchanged_count", report.Count(EntryStatus::kUnchanged)},
           {"skipped_count", report.Count(EntryStatus::kSkipped)},
           {"error_count", report.Count(EntryStatus::kError)},
           {"success_rate", report.success_rate()},
       }},
      {"details", std::move(details)},
      {"requests",
       {
           {"sent", report.requests_sent},
           {"not_modified", report.requests_not_modified},
           {"rate_limit_remaining", report.rate_limit.remaining ? Json(*report.rate_limit.remaining) : Json(nullptr)},
       }},
      {"duration_ms", report.duration_ms},
  };
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace skilltrail::refresh
