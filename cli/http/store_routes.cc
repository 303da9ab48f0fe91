#include <nlohmann/json.hpp>

#include "cli/documents/snapshot.h"
#include "cli/http/openapi.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "engine/query/verify.h"

namespace skilltrail::cli::http {
namespace {

using documents::Json;

Result<Answer> Verify(Call& call) {
  ASSIGN_OR_RETURN(const bool full, call.parameters.Flag("full"));
  ASSIGN_OR_RETURN(const auto report, query::Verify(*call.reading, full));
  return JsonAnswer(documents::VerifyJson(report));
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
  return {
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
