#include "cli/http/routes.h"

#include <algorithm>
#include <iterator>

namespace skilltrail::cli::http {
namespace {

std::vector<std::string> SegmentsOf(std::string_view path) {
  std::vector<std::string> segments;
  for (size_t at = 1; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    segments.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

struct Pattern {
  const Route* route;
  std::vector<std::string> segments;
};

std::vector<Pattern> MakePatterns() {
  std::vector<Pattern> patterns;
  for (const Route& route : Routes()) {
    patterns.push_back({&route, SegmentsOf(std::string(kPrefix) + route.path)});
    if (route.at_root) patterns.push_back({&route, SegmentsOf(route.path)});
  }
  return patterns;
}

bool IsPlace(const std::string& segment) {
  return segment.starts_with('{');
}

bool Fits(const Pattern& pattern, const std::vector<std::string>& segments) {
  return std::equal(pattern.segments.begin(), pattern.segments.end(), segments.begin(), segments.end(),
                    [](const std::string& wanted, const std::string& given) { return IsPlace(wanted) || wanted == given; });
}

}  // namespace

const std::vector<Route>& Routes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    for (auto part : {ArtifactRoutes(), AuditRoutes(), EventRoutes(), SnapshotRoutes(), StoreRoutes()}) {
      all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return all;
  }();
  return routes;
}

Match FindRoute(std::string_view method, const std::vector<std::string>& segments) {
  static const std::vector<Pattern> patterns = MakePatterns();
  Match match;
  for (const Pattern& pattern : patterns) {
    if (!Fits(pattern, segments)) continue;
    match.allowed.push_back(pattern.route->method);
    if (pattern.route->method == "GET") match.allowed.emplace_back("HEAD");
    if (match.route != nullptr || (pattern.route->method != method && !(method == "HEAD" && pattern.route->method == "GET"))) continue;
    match.route = pattern.route;
    for (size_t i = 0; i < segments.size(); ++i) {
      if (IsPlace(pattern.segments[i])) match.path.push_back(segments[i]);
    }
  }
  return match;
}

std::vector<std::string> ParameterNames(const Route& route) {
  std::vector<std::string> names;
  for (const Parameter& parameter : route.parameters) names.push_back(parameter.name);
  if (route.writes) names.emplace_back("expected_seq");
  return names;
}

Parameter AtParameter() {
  return {"at", R"({"type": "string"})", "the point to look at: a sequence, @~3, run:SEQ, snap:NAME, a time; the head if absent"};
}

Parameter CollectionParameter() {
  return {"collection_name", R"({"type": "string"})", "the collection; the store's default if absent"};
}

}  // namespace skilltrail::cli::http
