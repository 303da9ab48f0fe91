#include "cli/http/openapi.h"

#include <algorithm>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/http/assets.h"
#include "cli/http/problem.h"
#include "cli/http/routes.h"

namespace skilltrail::cli::http {
namespace {

using Json = nlohmann::ordered_json;

// What the door may answer on any route, before the route is asked.
constexpr int kAnyRoute[] = {400, 403, 421, 431, 500, 503};

Json Reference(const std::string& schema) {
  return {{"$ref", "#/components/schemas/" + schema}};
}

Json ProblemContent() {
  return {{"application/problem+json", {{"schema", Reference("Problem")}}}};
}

std::string TitleOf(int status) {
  for (const RefusalFacts& facts : AllRefusals()) {
    if (facts.status == status) return facts.title;
  }
  return ReasonOf(status);
}

Json ParameterJson(const std::string& name, const char* in, const Json& schema, const std::string& help, bool required) {
  return {{"name", name}, {"in", in}, {"required", required}, {"description", help}, {"schema", schema}};
}

Json ParametersOf(const Route& route) {
  Json list = Json::array();
  for (size_t at = route.path.find('{'); at != std::string::npos; at = route.path.find('{', at + 1)) {
    const std::string name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
    list.push_back(
        ParameterJson(name, "path", {{"type", "string"}}, name == "project" ? "base64url of its absolute path" : "its name", true));
  }
  for (const Parameter& parameter : route.parameters) {
    Json schema = Json::parse(parameter.schema);
    if (parameter.repeatable) schema = {{"type", "array"}, {"items", std::move(schema)}};
    list.push_back(ParameterJson(parameter.name, "query", schema, parameter.help, false));
  }
  if (route.writes) {
    const Json sequence = {{"type", "integer"}, {"minimum", 0}};
    list.push_back(ParameterJson("expected_seq", "query", sequence, "write only if the log ends there: else 412", false));
    list.push_back(ParameterJson("Idempotency-Key", "header", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
                                 "the same key and request again: the same answer", false));
  }
  if (route.id == "streamEvents") {
    list.push_back(ParameterJson("Last-Event-ID", "header", {{"type", "integer"}, {"minimum", 0}}, "go on behind that event", false));
  }
  if (route.reads && !route.untagged) {
    list.push_back(ParameterJson("If-None-Match", "header", {{"type", "string"}}, "an ETag: 304 if the head is still that", false));
  }
  return list;
}

Json ResponsesOf(const Route& route) {
  Json responses = Json::object();
  for (const Shape& shape : route.answers) {
    Json answer = {{"description", shape.help.empty() ? ReasonOf(shape.status) : shape.help}};
    if (!shape.schema.empty()) {
      answer["content"] = {{shape.content_type, {{"schema", Reference(shape.schema)}}}};
    } else if (!shape.content_type.empty()) {
      answer["content"] = {{shape.content_type, Json::object()}};
    }
    responses[std::to_string(shape.status)] = std::move(answer);
  }
  if (route.reads && !route.untagged) responses["304"] = {{"description", ReasonOf(304)}};
  std::set<int> problems(std::begin(kAnyRoute), std::end(kAnyRoute));
  problems.insert(route.problems.begin(), route.problems.end());
  if (!route.open) problems.insert(401);
  if (!ParameterNames(route).empty() || !route.body.empty()) problems.insert(422);
  if (!route.body.empty()) problems.insert(413);
  for (const int status : problems) responses[std::to_string(status)] = {{"description", TitleOf(status)}, {"content", ProblemContent()}};
  return responses;
}

}  // namespace

Json OpenapiDocument() {
  Json paths = Json::object();
  for (const Route& route : Routes()) {
    Json operation = {{"operationId", route.id}, {"summary", route.summary}};
    if (Json parameters = ParametersOf(route); !parameters.empty()) operation["parameters"] = std::move(parameters);
    if (!route.body.empty()) {
      operation["requestBody"] = {{"required", false}, {"content", {{"application/json", {{"schema", Reference(route.body)}}}}}};
    }
    operation["responses"] = ResponsesOf(route);
    if (route.open) operation["security"] = Json::array({Json::object()});
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c + ('a' - 'A')); });
    paths[route.path][method] = std::move(operation);
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "skilltrail"},
            {"version", SKILLTRAIL_VERSION},
            {"description", "The flight recorder for AI-agent artifacts. Points, filters and documents are those of the command line."}}},
          {"servers", Json::array({{{"url", std::string(kPrefix)}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", Json::parse(SchemasText())},
            {"securitySchemes",
             {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"description", "where the server was given a token file"}}}}}}},
          {"security", Json::array({Json::object(), {{"token", Json::array()}}})}};
}

}  // namespace skilltrail::cli::http
