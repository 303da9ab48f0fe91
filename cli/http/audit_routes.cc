#include <nlohmann/json.hpp>

#include "cli/documents/audit.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "engine/query/blame.h"
#include "engine/query/stats.h"

namespace skilltrail::cli::http {
namespace {

constexpr uint64_t kLargestArtifacts = 10;
constexpr uint64_t kMostArtifacts = 1000;

Result<Answer> Blame(Call& call) {
  ASSIGN_OR_RETURN(const auto report, query::BlameOf(*call.reading, call.path[0], call.parameters.Value("field")));
  return JsonAnswer(documents::BlameJson(report));
}

Result<Answer> Stats(Call& call) {
  ASSIGN_OR_RETURN(const auto limit, call.parameters.Number("limit", 0, kMostArtifacts));
  ASSIGN_OR_RETURN(const auto report, query::Stats(*call.reading, limit.value_or(kLargestArtifacts)));
  return JsonAnswer(documents::StatsJson(report));
}

}  // namespace

std::vector<Route> AuditRoutes() {
  return {
      {.method = "GET",
       .path = "/artifacts/{artifact}/blame",
       .id = "artifactBlame",
       .summary = "Which event each value comes from, who caused it, and what upstream had said",
       .parameters = {AtParameter(),
                      CollectionParameter(),
                      {"field", R"({"type": "string"})", "one field, tag:NAME, or tags; everything that stands there if absent"}},
       .answers = {{.schema = "Blame"}},
       .problems = {404, 422},
       .handle = Blame},
      {.method = "GET",
       .path = "/stats",
       .id = "stats",
       .summary = "What takes how much room in the store",
       .lane = Lane::kSlow,
       .untagged = true,
       .parameters = {AtParameter(),
                      {"limit", R"({"type": "integer", "minimum": 0, "maximum": 1000})", "how many of the largest artifacts (10)"}},
       .answers = {{.schema = "Stats"}},
       .problems = {422},
       .handle = Stats},
  };
}

}  // namespace skilltrail::cli::http
