#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/documents/history.h"
#include "cli/documents/snapshot.h"
#include "cli/http/openapi.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "engine/query/diff.h"
#include "engine/query/runs.h"
#include "engine/query/verify.h"
#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

using documents::Json;

constexpr uint64_t kMostRuns = 1000;
constexpr uint64_t kRunsOfAPage = 100;

Result<Answer> Verify(Call& call) {
  ASSIGN_OR_RETURN(const bool full, call.parameters.Flag("full"));
  ASSIGN_OR_RETURN(const auto report, query::Verify(*call.reading, full));
  return JsonAnswer(documents::VerifyJson(report));
}

// Writes nothing, and captures nothing: between two points of the log.
Result<Answer> Diff(Call& call) {
  query::DiffRequest request;
  request.from = call.parameters.Value("from");
  request.to = call.parameters.Value("to");
  if (request.from.empty())
    return Error{Code::kUsage, "from: the point to start from is missing", "give from=POINT, and to=POINT or the head"};
  request.artifacts = call.parameters.List("artifact");
  ASSIGN_OR_RETURN(request.count, call.parameters.Flag("stat"));
  ASSIGN_OR_RETURN(request.content, call.parameters.Flag("content"));
  ASSIGN_OR_RETURN(const auto report, query::Diff(call.context, request));
  return JsonAnswer(documents::DiffJson(report, request));
}

Result<Answer> Runs(Call& call) {
  ASSIGN_OR_RETURN(const auto limit, call.parameters.Number("limit", 1, kMostRuns));
  ASSIGN_OR_RETURN(const auto runs, query::Runs(*call.reading, limit.value_or(kRunsOfAPage)));
  return JsonAnswer(documents::RunsJson(runs));
}

Result<Answer> Run(Call& call) {
  Seq seq = 0;
  const std::string& text = call.path[0];
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return Error{Code::kNotFound, fmt::format("no run {}: a run is named by the event that began it", Quote(text)), {}};
  }
  ASSIGN_OR_RETURN(const auto report, query::ShowRun(*call.reading, seq));
  return JsonAnswer(documents::RunJson(report));
}

Result<Answer> Openapi(Call&) {
  static const std::string text = OpenapiDocument().dump(-1, ' ', false, Json::error_handler_t::replace);
  return TextAnswer(text, "application/json");
}

Result<Answer> Healthz(Call& call) {
  ASSIGN_OR_RETURN(const auto anchor, store::ReadAnchor(call.context.store));
  if (!anchor) return Error{Code::kCorrupt, "the store has no HEAD any more", "restore it from a backup"};
  return JsonAnswer(
      {{"status", "ok"}, {"version", SKILLTRAIL_VERSION}, {"head", anchor->seq}, {"token_required", !call.services.token.empty()}});
}

Result<Answer> MetricsText(Call& call) {
  ASSIGN_OR_RETURN(const auto anchor, store::ReadAnchor(call.context.store));
  const auto connections = call.services.connections ? call.services.connections() : 0;
  return TextAnswer(
      call.services.metrics.Text(
          {{"skilltrail_log_head", "The last event that was reported done.", static_cast<double>(anchor ? anchor->seq : 0)},
           {"skilltrail_http_connections", "Connections that are open.", static_cast<double>(connections)},
           {"skilltrail_store_opens", "How often the database was opened to read.", static_cast<double>(call.services.views->opened())}}),
      "text/plain; version=0.0.4");
}

}  // namespace

std::vector<Route> StoreRoutes() {
  const Parameter stat{"stat", R"({"type": "boolean"})", "count lines"};
  const Parameter content{"content", R"({"type": "boolean"})", "with the text of files that differ, as a unified diff"};
  return {
      {.method = "GET",
       .path = "/diff",
       .id = "diff",
       .summary = "What differs between two points",
       .lane = Lane::kSlow,
       .reads = false,
       .parameters = {CollectionParameter(),
                      {"from", R"({"type": "string"})", "the point to start from; needed"},
                      {"to", R"({"type": "string"})", "the point to compare it with; the head if absent"},
                      {"artifact", R"({"type": "string"})", "only these", true},
                      stat,
                      content},
       .answers = {{.schema = "Diff"}},
       .problems = {404, 422},
       .handle = Diff},
      {.method = "GET",
       .path = "/runs",
       .id = "listRuns",
       .summary = "Runs, newest first",
       .lane = Lane::kSlow,
       .parameters = {AtParameter(),
                      CollectionParameter(),
                      {"limit", R"({"type": "integer", "minimum": 1, "maximum": 1000})", "at most so many (100)"}},
       .answers = {{.schema = "Runs"}},
       .problems = {404, 422},
       .handle = Runs},
      {.method = "GET",
       .path = "/runs/{run}",
       .id = "showRun",
       .summary = "One run, named by the event that began it, and what it changed",
       .lane = Lane::kSlow,
       .answers = {{.schema = "RunReport"}},
       .problems = {404},
       .handle = Run},
      {.method = "GET",
       .path = "/verify",
       .id = "verify",
       .summary = "Whether the store holds together; its report is an answer whatever it says",
       .lane = Lane::kSlow,
       .untagged = true,
       .parameters = {{"full", R"({"type": "boolean"})", "also read every blob, fold everything anew and compare"}},
       .answers = {{.schema = "Verification"}},
       .problems = {422},
       .handle = Verify},
      {.method = "GET",
       .path = "/openapi.json",
       .id = "openapi",
       .summary = "This description",
       .lane = Lane::kAtOnce,
       .reads = false,
       .answers = {{.schema = "Anything"}},
       .handle = Openapi},
      {.method = "GET",
       .path = "/healthz",
       .id = "health",
       .summary = "Whether the server answers and its store is there",
       .lane = Lane::kAtOnce,
       .at_root = true,
       .open = true,
       .reads = false,
       .answers = {{.schema = "Health"}},
       .handle = Healthz},
      {.method = "GET",
       .path = "/metrics",
       .id = "metrics",
       .summary = "Counts for Prometheus",
       .lane = Lane::kAtOnce,
       .at_root = true,
       .reads = false,
       .answers = {{.content_type = "text/plain", .help = "Prometheus' text format"}},
       .handle = MetricsText},
  };
}

}  // namespace skilltrail::cli::http
