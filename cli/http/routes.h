// Routes: the one table of what is served: matching, parameters, lanes, the OpenAPI document and the metrics are all made from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/http/message.h"
#include "cli/http/target.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::cli::http {

struct Services;

// A request on its way through one route.
struct Call {
  const Request& request;
  Services& services;
  std::vector<std::string> path;  // what stands in the places of the route's path
  Parameters parameters;
  Context context;             // store, actor, command, and what `collection_name` and `at` say
  Reading* reading = nullptr;  // of a route that reads
};

struct Parameter {
  std::string name;
  std::string schema;  // JSON Schema, as text
  std::string help;
  bool repeatable = false;
};

// An answer that the route gives beside problems.
struct Shape {
  int status = 200;
  std::string schema = {};  // name in schemas.json; empty: none
  std::string content_type = "application/json";
  std::string help = {};
};

struct Route {
  std::string method;
  std::string path;  // "/artifacts/{id}", below /api/v1
  std::string id;    // operationId
  std::string summary = {};
  Lane lane = Lane::kQuick;
  Lane (*lane_of)(const Parameters&) = nullptr;  // where it depends
  bool at_root = false;                          // also without the prefix
  bool open = false;                             // needs no token
  bool reads = true;                             // gets a Reading, and an ETag unless it says `untagged`
  bool untagged = false;                         // its answer depends on more than the log
  bool writes = false;                           // takes Idempotency-Key and expected_seq
  std::vector<Parameter> parameters = {};
  std::string body = {};  // schema of the JSON body; empty: none is read
  std::vector<Shape> answers = {};
  std::vector<int> problems = {};  // beside those that any route may give
  Result<Answer> (*handle)(Call&) = nullptr;
};

inline constexpr std::string_view kPrefix = "/api/v1";

const std::vector<Route>& Routes();

struct Match {
  const Route* route = nullptr;  // null: no such path, or not with that method
  std::vector<std::string> path;
  std::vector<std::string> allowed;  // methods of that path; empty: no such path
};
Match FindRoute(std::string_view method, const std::vector<std::string>& segments);

// What the route reads from the query, by name.
std::vector<std::string> ParameterNames(const Route& route);

// Parts of the table.
std::vector<Route> ArtifactRoutes();
std::vector<Route> AuditRoutes();
std::vector<Route> EventRoutes();
std::vector<Route> SnapshotRoutes();
std::vector<Route> StoreRoutes();

inline constexpr uint64_t kMostEvents = 1000;  // of one answer

Parameter AtParameter();
Parameter CollectionParameter();

}  // namespace skilltrail::cli::http
