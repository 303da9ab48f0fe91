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

// Appends a member; the key is one of CONTRACT's, and none stands there yet. An object made of a braced list would copy every value.
void Put(Json& object, const char* key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(key, std::move(value));
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Detail(const Entry& entry) {
  Json json = Json::object();
  Put(json, "artifact_id", entry.artifact);
  Put(json, "status", StatusName(entry.status));
  Put(json, "changes", entry.changes);
  Put(json, "old_values", Values(entry.old_values));
  Put(json, "new_values", Values(entry.new_values));
  Put(json, "error", TextOrNull(entry.error));
  Put(json, "reason", TextOrNull(entry.reason));
  Put(json, "duration_ms", entry.duration_ms);
  Put(json, "tags_imported_at", TimeOrNull(entry.tags_imported_at));
  Put(json, "update_available", entry.update_available);
  Put(json, "current_sha", TextOrNull(entry.current_sha));
  Put(json, "upstream_sha", TextOrNull(entry.upstream_sha));
  Put(json, "merge_strategy", entry.merge_strategy);
  return json;
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
  Json json = Json::object();
  Put(json, "collection_id", report.collection);
  Put(json, "run_id", TextOrNull(report.run_id));
  Put(json, "status", report.status);
  Put(json, "timestamp", FormatTime(report.timestamp));
  Put(json, "mode", schema::EnumNameRefreshMode(report.mode));
  Put(json, "dry_run", report.dry_run);
  Put(json, "summary",
      {
          {"total_processed", report.entries.size()},
          {"refreshed_count", report.Count(EntryStatus::kRefreshed)},
          {"unchanged_count", report.Count(EntryStatus::kUnchanged)},
          {"skipped_count", report.Count(EntryStatus::kSkipped)},
          {"error_count", report.Count(EntryStatus::kError)},
          {"success_rate", report.success_rate()},
      });
  // An entry at a time: as one document, those of a large collection would fill more memory than all else that a refresh holds.
  std::string text = Dump(json);
  text.back() = ',';
  text += R"("details":[)";
  for (const auto& entry : report.entries) text.append(Dump(Detail(entry))) += ',';
  if (!report.entries.empty()) text.pop_back();
  text += "],";
  Json end = Json::object();
  Put(end, "requests",
      {
          {"sent", report.requests_sent},
          {"not_modified", report.requests_not_modified},
          {"rate_limit_remaining", report.rate_limit.remaining ? Json(*report.rate_limit.remaining) : Json(nullptr)},
      });
  Put(end, "duration_ms", report.duration_ms);
  return text.append(Dump(end), 1);
}

}  // namespace skilltrail::refresh
