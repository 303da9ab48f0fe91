#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/documents/event.h"
#include "cli/documents/json.h"
#include "cli/http/event_stream.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "engine/deploy/deploy.h"
#include "engine/query/density.h"
#include "engine/query/log_query.h"
#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

using documents::Json;

constexpr uint64_t kEventsOfAPage = 100;
constexpr uint64_t kMostSpans = 2000;
constexpr uint64_t kSpans = 240;

Result<query::LogRequest> ReadFilters(const Parameters& parameters) {
  query::LogRequest request;
  request.artifacts = parameters.List("artifact");
  request.types = parameters.List("type");
  request.tag = parameters.Value("tag");
  request.grep = parameters.Value("grep");
  request.since = parameters.Value("since");
  request.until = parameters.Value("until");
  ASSIGN_OR_RETURN(request.run, parameters.Number("run", 1, UINT64_MAX));
  ASSIGN_OR_RETURN(request.after, parameters.Number("after", 0, UINT64_MAX));
  ASSIGN_OR_RETURN(request.oldest_first, parameters.Flag("reverse"));
  if (parameters.Has("project")) {
    const std::filesystem::path project(parameters.Value("project"));
    if (!project.is_absolute()) return Error{Code::kUsage, fmt::format("project: {} is no absolute path", Quote(project.string())), {}};
    ASSIGN_OR_RETURN(const auto named, deploy::NameProject(project, {}));
    request.project = named.string();
  }
  return request;
}

// A single stream of the index, or the log itself from one end, is read no further than the page is long; the rest may read much of it.
Lane LaneOfEvents(const Parameters& parameters) {
  size_t filters = parameters.List("artifact").size() + parameters.List("type").size();
  for (const char* name : {"tag", "run", "project", "collection_name"}) filters += parameters.Has(name) ? 1 : 0;
  return filters > 1 || parameters.Has("grep") ? Lane::kSlow : Lane::kQuick;
}

Result<Answer> Events(Call& call) {
  ASSIGN_OR_RETURN(auto request, ReadFilters(call.parameters));
  ASSIGN_OR_RETURN(const auto limit, call.parameters.Number("limit", 1, kMostEvents));
  ASSIGN_OR_RETURN(const std::string events,
                   documents::EventsText(*call.reading, std::move(request), limit.value_or(kEventsOfAPage), call.services.event_lines));
  return TextAnswer("{" + events + "}", "application/json");
}

// Where a client that comes again left off.
Result<std::optional<uint64_t>> LastEventId(const Request& request) {
  const auto text = request.header("last-event-id");
  if (text.empty()) return std::optional<uint64_t>();
  uint64_t id = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (fault == std::errc() && end == text.data() + text.size()) return std::optional(id);
  return Error{Code::kUsage, fmt::format("Last-Event-ID: {} is no event's number", Quote(text)), {}};
}

Result<Answer> Stream(Call& call) {
  ASSIGN_OR_RETURN(auto request, ReadFilters(call.parameters));
  ASSIGN_OR_RETURN(const auto last, LastEventId(call.request));
  const Seq head = call.reading->log().head();
  const Seq after = last ? *last : request.after.value_or(head);
  if (after > head) {
    return Error{Code::kUsage, fmt::format("there is no event {} yet: the log ends at {}", after, head),
                 "leave it out to begin at the head"};
  }
  // Filters that are wrong are told now, and not in the stream.
  query::LogRequest probe = request;
  probe.limit = 0;
  RETURN_IF_ERROR(query::Log(*call.reading, probe, [](const query::LoggedEvent&) { return store::Visit::kStop; }));
  Context context = call.context;
  context.interrupted = [&services = call.services] { return services.stopping.load(); };
  Answer answer = TextAnswer({}, "text/event-stream");
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy before us is to pass events on as they come
  answer.source = std::make_unique<EventStream>(call.services, std::move(context), std::move(request), after);
  return answer;
}

Result<Answer> Density(Call& call) {
  ASSIGN_OR_RETURN(const auto spans, call.parameters.Number("spans", 1, kMostSpans));
  ASSIGN_OR_RETURN(const auto report, query::Density(*call.reading, spans.value_or(kSpans)));
  Json list = Json::array();
  for (const auto& span : report.spans) list.push_back({{"until", documents::TimeOrNull(span.until)}, {"through", span.through}});
  return JsonAnswer(
      {{"since", documents::TimeOrNull(report.since)}, {"until", documents::TimeOrNull(report.until)}, {"spans", std::move(list)}});
}

std::vector<Parameter> Filters() {
  const std::string text = R"({"type": "string"})";
  return {CollectionParameter(),
          {"artifact", text, "only what concerns these", true},
          {"type", text, "only events of these types", true},
          {"run", R"({"type": "integer", "minimum": 1})", "only the run that began there"},
          {"project", text, "only what concerns this project, an absolute path"},
          {"tag", text, "only imports and edits of this tag"},
          {"grep", text, "only events whose JSON matches this regular expression"},
          {"after", R"({"type": "integer", "minimum": 0})", "behind that event, oldest first"}};
}

}  // namespace

std::vector<Route> EventRoutes() {
  auto of_events = Filters();
  of_events.push_back(AtParameter());
  of_events.push_back({"since", R"({"type": "string"})", "from that point on, inclusive"});
  of_events.push_back({"until", R"({"type": "string"})", "up to that point, inclusive"});
  of_events.push_back({"limit", R"({"type": "integer", "minimum": 1, "maximum": 1000})", "at most so many (100)"});
  of_events.push_back({"reverse", R"({"type": "boolean"})", "oldest first"});
  return {
      {.method = "GET",
       .path = "/events",
       .id = "listEvents",
       .summary = "The log, newest first unless `after` or `reverse` is given",
       .lane_of = LaneOfEvents,
       .parameters = std::move(of_events),
       .answers = {{.schema = "Events"}},
       .problems = {404, 422},
       .handle = Events},
      {.method = "GET",
       .path = "/events/stream",
       .id = "streamEvents",
       .summary = "Events as they are reported done, as Server-Sent Events; Last-Event-ID resumes",
       .lane = Lane::kSlow,
       .untagged = true,
       .parameters = Filters(),
       .answers = {{.content_type = "text/event-stream", .help = "id is the sequence, event the type, data the event's JSON"}},
       .problems = {404, 422},
       .handle = Stream},
      {.method = "GET",
       .path = "/events/density",
       .id = "eventDensity",
       .summary = "How the log's events lie in time",
       .lane = Lane::kSlow,
       .parameters = {AtParameter(),
                      {"spans", R"({"type": "integer", "minimum": 1, "maximum": 2000})", "how many spans of equal length (240)"}},
       .answers = {{.schema = "Density"}},
       .problems = {422},
       .handle = Density},
  };
}

}  // namespace skilltrail::cli::http
