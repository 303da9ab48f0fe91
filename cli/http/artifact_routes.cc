#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/documents/artifact.h"
#include "cli/documents/collection.h"
#include "cli/documents/event.h"
#include "cli/documents/project.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "engine/deploy/deploy.h"
#include "engine/deploy/deployed.h"
#include "engine/deploy/drift.h"
#include "engine/query/log_query.h"
#include "engine/query/query.h"
#include "engine/refresh/refresh.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

using documents::Json;

constexpr uint64_t kMostListed = 10'000;

Result<Answer> Collections(Call& call) {
  ASSIGN_OR_RETURN(const auto reports, query::Collections(*call.reading));
  return JsonAnswer(documents::CollectionsJson(reports));
}

Result<Answer> Collection(Call& call) {
  ASSIGN_OR_RETURN(const auto report, query::ShowCollection(*call.reading, call.path[0]));
  return JsonAnswer(documents::CollectionJson(report));
}

Result<std::vector<ArtifactType>> TypesNamed(const std::vector<std::string>& names) {
  std::vector<ArtifactType> types;
  for (const auto& name : names) {
    const auto type = ParseType(name);
    if (!type) {
      std::vector<std::string> known;
      for (const auto one : AllTypes()) known.emplace_back(TypeName(one));
      const std::string near = Nearest(name, known);
      return Error{Code::kUsage, fmt::format("unknown artifact type {}", Quote(name)),
                   near.empty() ? fmt::format("it is one of {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", near)};
    }
    types.push_back(*type);
  }
  return types;
}

Result<Answer> Artifacts(Call& call) {
  query::ListRequest request;
  request.tag = call.parameters.Value("tag");
  request.name_glob = call.parameters.Value("name");
  request.after = call.parameters.Value("after");
  ASSIGN_OR_RETURN(request.types, TypesNamed(call.parameters.List("type")));
  ASSIGN_OR_RETURN(request.limit, call.parameters.Number("limit", 1, kMostListed));
  UseCollection(call, call.path[0]);
  ASSIGN_OR_RETURN(const auto report, query::List(*call.reading, request));
  Json document = documents::ListJson(report);
  if (request.limit) {
    document["total"] = report.matched;
    document["next_after"] = report.more ? Json(report.artifacts.back().id) : Json();
  }
  return JsonAnswer(document);
}

Result<Answer> Artifact(Call& call) {
  ASSIGN_OR_RETURN(const auto report, query::Show(*call.reading, call.path[0]));
  return JsonAnswer(documents::ArtifactJson(report.artifact, report.as_of));
}

Result<Answer> Tags(Call& call) {
  ASSIGN_OR_RETURN(const auto tags, query::Tags(*call.reading, call.path[0]));
  ASSIGN_OR_RETURN(const auto history, query::TagHistory(*call.reading, call.path[0]));
  Json document = documents::TagsJson(tags);
  document["history"] = documents::TagHistoryJson(history)["history"];
  return JsonAnswer(document);
}

// Its whole life: every event that concerns it, and what became of its tags.
Result<Answer> History(Call& call) {
  ASSIGN_OR_RETURN(const auto tags, query::TagHistory(*call.reading, call.path[0]));
  ASSIGN_OR_RETURN(const auto moment, call.reading->At());
  ASSIGN_OR_RETURN(const auto collection, call.reading->Collection("", moment));
  ASSIGN_OR_RETURN(const auto limit, call.parameters.Number("limit", 1, kMostEvents));
  query::LogRequest request;
  request.artifacts = {tags.artifact};
  ASSIGN_OR_RETURN(request.after, call.parameters.Number("after", 0, UINT64_MAX));
  if (!request.after) request.after = 0;
  call.context.collection = collection.name;
  ASSIGN_OR_RETURN(const std::string events,
                   documents::EventsText(*call.reading, request, limit.value_or(kMostEvents), call.services.event_lines));
  const std::string history = documents::TagHistoryJson(tags)["history"].dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string id = Json(tags.artifact).dump(-1, ' ', false, Json::error_handler_t::replace);
  return TextAnswer(fmt::format(R"({{"artifact_id":{},"history":{},{}}})", id, history, events), "application/json");
}

Result<Answer> Projects(Call& call) {
  deploy::DeployedRequest request;
  request.all = true;
  // Its own view of the store is not the one that the ETag is of, so it has none.
  ASSIGN_OR_RETURN(const auto report, deploy::ListDeployed(call.context, request));
  return JsonAnswer(documents::DeployedJson(report));
}

Result<Answer> Drift(Call& call) {
  const auto decoded = FromBase64Url(call.path[0]);
  if (!decoded || decoded->find('\0') != std::string::npos) {
    return Error{Code::kNotFound, fmt::format("{} is no base64url of a path", Quote(call.path[0])), {}};
  }
  const std::filesystem::path path(*decoded);
  if (!path.is_absolute()) return Error{Code::kNotFound, fmt::format("{}: no absolute path", Quote(*decoded)), {}};
  ASSIGN_OR_RETURN(const auto project, deploy::NameProject(path, {}));
  deploy::DriftRequest request;
  request.projects = {project};
  ASSIGN_OR_RETURN(const auto reports, deploy::Drift(call.context, request));
  CHECK(reports.size() == 1);
  if (reports.front().total_artifacts == 0) {
    return Error{Code::kNotFound, fmt::format("nothing is deployed in {}", project.string()), "deploy something there first"};
  }
  return JsonAnswer(documents::DriftJson(reports.front()));
}

Error WrongShape(std::string_view key, std::string_view wanted) {
  return {Code::kUsage, fmt::format("body: {} is to be {}", key, wanted), {}};
}

Result<schema::RefreshMode> ModeNamed(const std::string& name) {
  std::vector<std::string> names;
  for (const auto mode : schema::EnumValuesRefreshMode()) {
    if (mode == schema::RefreshMode::unspecified) continue;
    names.emplace_back(schema::EnumNameRefreshMode(mode));
    if (names.back() == name) return mode;
  }
  const std::string near = Nearest(name, names);
  return Error{Code::kUsage, fmt::format("unknown mode {}", Quote(name)),
               near.empty() ? fmt::format("it is one of {}", fmt::join(names, ", ")) : fmt::format("did you mean \"{}\"?", near)};
}

Result<std::vector<std::string>> TextsOf(const Json& value, std::string_view key) {
  std::vector<std::string> texts;
  const Json list = value.is_string() ? Json::array({value}) : value;
  if (!list.is_array()) return WrongShape(key, "a string, or a list of them");
  for (const auto& one : list) {
    if (!one.is_string()) return WrongShape(key, "a string, or a list of them");
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

Status ReadFilter(const Json& filter, refresh::RefreshRequest& request) {
  if (filter.is_null()) return {};
  if (!filter.is_object()) return WrongShape("artifact_filter", "an object with type and name");
  for (const auto& [key, value] : filter.items()) {
    if (value.is_null()) continue;
    if (key == "type") {
      ASSIGN_OR_RETURN(const auto names, TextsOf(value, "artifact_filter.type"));
      ASSIGN_OR_RETURN(request.types, TypesNamed(names));
    } else if (key == "name") {
      if (!value.is_string()) return WrongShape("artifact_filter.name", "a string");
      request.name_glob = value.get<std::string>();
    } else {
      return Error{Code::kUsage, fmt::format("body: unknown key {} in artifact_filter", Quote(key)), "it has type and name"};
    }
  }
  return {};
}

struct RefreshAsked {
  refresh::RefreshRequest request;
  bool dry_run = false;
  std::optional<Seq> expected_seq;
};

Result<RefreshAsked> ReadRefresh(const Call& call, const Json& body) {
  RefreshAsked asked;
  std::string mode;
  for (const auto& [key, value] : body.items()) {
    if (value.is_null()) continue;
    if (key == "mode") {
      if (!value.is_string()) return WrongShape(key, "a string");
      mode = value.get<std::string>();
    } else if (key == "artifact_filter") {
      RETURN_IF_ERROR(ReadFilter(value, asked.request));
    } else if (key == "fields") {
      if (!value.is_array()) return WrongShape(key, "a list of strings");
      ASSIGN_OR_RETURN(asked.request.fields, TextsOf(value, key));
    } else if (key == "dry_run") {
      if (!value.is_boolean()) return WrongShape(key, "true or false");
      asked.dry_run = value.get<bool>();
    } else if (key == "expected_seq") {
      if (!value.is_number_unsigned()) return WrongShape(key, "a sequence");
      asked.expected_seq = value.get<Seq>();
    }
  }
  // The query's mode wins over the body's, which must be one all the same.
  if (!mode.empty()) {
    ASSIGN_OR_RETURN(asked.request.mode, ModeNamed(mode));
  }
  if (call.parameters.Has("mode")) {
    ASSIGN_OR_RETURN(asked.request.mode, ModeNamed(call.parameters.Value("mode")));
  }
  return asked;
}

// The report stands as a blob that its RefreshCompleted names.
Result<Answer> RefreshedBefore(Reading& reading, const PriorRun& prior) {
  Digest report;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(prior.id), {}, [&](const store::StoredEvent& event) {
    if (const auto* completed = event.event->payload_as_RefreshCompleted()) report = DigestOf(completed->report());
    return store::Visit::kContinue;
  }));
  if (report.zero()) {
    return Error{Code::kConflict, fmt::format("the run that began at event {} left no report", prior.started_seq), "take a new key"};
  }
  ASSIGN_OR_RETURN(auto text, reading.blobs().Get(report));
  return TextAnswer(std::move(text), "application/json");
}

Result<Answer> Refresh(Call& call) {
  Body body = ReadBody(call, {"mode", "artifact_filter", "fields", "dry_run", "expected_seq"});
  UseCollection(call, call.path[0]);
  {
    // Before anything else is found wrong with the request: whether there is what it is about.
    ASSIGN_OR_RETURN(const auto lease, call.services.views->Take());
    ASSIGN_OR_RETURN(const auto known, lease.Open(call.context).Collection(call.path[0], Moment{lease.head(), 0, {}}));
    std::ignore = known;  // asked only for its error
  }
  if (body.refused) return std::move(*body.refused);
  ASSIGN_OR_RETURN(const auto asked, ReadRefresh(call, *body.object));
  call.context.dry_run = asked.dry_run;
  Once once;
  once.expected_in_body = asked.expected_seq;
  once.again = RefreshedBefore;
  once.perform = [&](const Context& context) -> Result<Answer> {
    ASSIGN_OR_RETURN(const auto upstream, call.services.open_upstream(context.interrupted));
    ASSIGN_OR_RETURN(const auto report, refresh::Refresh(context, *upstream, asked.request));
    return TextAnswer(refresh::ReportJson(report), "application/json");
  };
  return WriteOnce(call, once);
}

}  // namespace

std::vector<Route> ArtifactRoutes() {
  const Parameter limit{"limit", R"({"type": "integer", "minimum": 1, "maximum": 10000})",
                        "at most so many; total and next_after are told then"};
  return {
      {.method = "POST",
       .path = "/user-collections/{collection}/refresh",
       .id = "refresh",
       .summary = "Ask GitHub what became of each artifact's source, and record it",
       .lane = Lane::kWrite,
       .reads = false,
       .writes = true,
       .parameters = {{"mode", R"({"enum": ["metadata_only", "check_only", "sync"]})", "wins over the body's"}},
       .body = "RefreshRequest",
       .answers = {{.schema = "RefreshReport", .help = "the report, also where entries failed"}},
       .problems = {400, 404, 409, 412, 422, 502, 503},
       .handle = Refresh},
      {.method = "GET",
       .path = "/user-collections",
       .id = "listCollections",
       .summary = "The collections",
       .lane = Lane::kSlow,
       .parameters = {AtParameter()},
       .answers = {{.schema = "Collections"}},
       .problems = {404, 422},
       .handle = Collections},
      {.method = "GET",
       .path = "/user-collections/{collection}",
       .id = "showCollection",
       .summary = "One collection",
       .lane = Lane::kSlow,
       .parameters = {AtParameter()},
       .answers = {{.schema = "Collection"}},
       .problems = {404, 422},
       .handle = Collection},
      {.method = "GET",
       .path = "/user-collections/{collection}/artifacts",
       .id = "listArtifacts",
       .summary = "The artifacts of a collection",
       .lane = Lane::kSlow,
       .parameters = {AtParameter(),
                      {"type", R"({"type": "string"})", "only of these types", true},
                      {"tag", R"({"type": "string"})", "only with this tag"},
                      {"name", R"({"type": "string"})", "only names that match this pattern (*, ?)"},
                      limit,
                      {"after", R"({"type": "string"})", "only those behind this id"}},
       .answers = {{.schema = "ArtifactList"}},
       .problems = {404, 422},
       .handle = Artifacts},
      {.method = "GET",
       .path = "/artifacts/{artifact}",
       .id = "showArtifact",
       .summary = "One artifact",
       .parameters = {AtParameter(), CollectionParameter()},
       .answers = {{.schema = "Artifact"}},
       .problems = {404, 422},
       .handle = Artifact},
      {.method = "GET",
       .path = "/artifacts/{artifact}/history",
       .id = "artifactHistory",
       .summary = "The life of an artifact: its events, and every change of its tags, oldest first",
       .parameters = {AtParameter(),
                      CollectionParameter(),
                      {"limit", R"({"type": "integer", "minimum": 1, "maximum": 1000})", "at most so many events"},
                      {"after", R"({"type": "integer", "minimum": 0})", "only events behind this one"}},
       .answers = {{.schema = "ArtifactHistory"}},
       .problems = {404, 422},
       .handle = History},
      {.method = "GET",
       .path = "/artifacts/{artifact}/tags",
       .id = "artifactTags",
       .summary = "The tags of an artifact with their provenance, and every change of them",
       .parameters = {AtParameter(), CollectionParameter()},
       .answers = {{.schema = "ArtifactTags"}},
       .problems = {404, 422},
       .handle = Tags},
      {.method = "GET",
       .path = "/projects",
       .id = "listProjects",
       .summary = "What is deployed where, and the drift that is open there",
       .lane = Lane::kSlow,
       .reads = false,
       .parameters = {AtParameter(), CollectionParameter()},
       .answers = {{.schema = "Deployed"}},
       .problems = {404, 422},
       .handle = Projects},
      {.method = "GET",
       .path = "/projects/{project}/drift/summary",
       .id = "driftSummary",
       .summary = "Three-way drift of a project, whose path is given in base64url; what is found is recorded",
       .lane = Lane::kWrite,
       .reads = false,
       .parameters = {CollectionParameter()},
       .answers = {{.schema = "Drift"}},
       .problems = {404, 422, 503},
       .handle = Drift},
  };
}

}  // namespace skilltrail::cli::http
