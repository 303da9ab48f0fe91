#include "engine/query/log_query.h"

#include <poll.h>

#include <algorithm>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/event_printer.h"
#include "cli/invocation.h"
#include "engine/deploy/deploy.h"
#include "engine/store/anchor.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

constexpr uint64_t kTerminalEvents = 100;  // without -n, on a terminal
constexpr uint64_t kFollowedEvents = 10;   // that --follow starts with
constexpr int kPollMs = 500;

Result<query::LogRequest> ReadRequest(const Invocation& in) {
  const auto& arguments = in.arguments;
  query::LogRequest request;
  request.artifacts = arguments.words();
  request.types = arguments.Values("type");
  request.tag = arguments.Value("tag");
  request.grep = arguments.Value("grep");
  request.since = arguments.Value("since");
  request.until = arguments.Value("until");
  request.oldest_first = arguments.Has("reverse");
  ASSIGN_OR_RETURN(request.run, arguments.Number("run", 1));
  ASSIGN_OR_RETURN(request.after, arguments.Number("after"));
  ASSIGN_OR_RETURN(request.limit, arguments.Number("limit"));
  // A project that is gone still has its history.
  if (arguments.Has("project")) {
    ASSIGN_OR_RETURN(const auto project, deploy::NameProject(AbsolutePath(arguments.Value("project")), {}));
    request.project = project.string();
  }
  return request;
}

Result<EventFormat> ReadFormat(const Invocation& in) {
  const auto word = in.arguments.Value("output");
  if (in.settings.json && !word.empty() && word != "json" && word != "ndjson") {
    return Error{Code::kUsage, fmt::format("--json and -o {} exclude each other", word), {}};
  }
  if (word == "json") return EventFormat::kJson;
  if (word == "ndjson" || in.settings.json) return EventFormat::kNdjson;
  if (word == "csv") return EventFormat::kCsv;
  return word == "oneline" ? EventFormat::kOneLine : EventFormat::kTable;
}

Status PrintOnce(Reading& reading, const query::LogRequest& request, EventPrinter& printer) {
  printer.ReadFrom(reading);
  return query::Log(reading, request, [&](const query::LoggedEvent& event) { return printer.Print(event); });
}

// Waits for kPollMs. False if nobody reads stdout any more.
bool WaitForMore() {
  pollfd reader{.fd = 1, .events = 0, .revents = 0};
  return poll(&reader, 1, kPollMs) <= 0 || (reader.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

// The sequence behind which the last `count` matching events stand.
Result<Seq> BehindLast(Reading& reading, query::LogRequest request, uint64_t count) {
  Seq oldest = reading.log().head() + 1;
  request.limit = count;
  request.oldest_first = false;
  request.after.reset();
  RETURN_IF_ERROR(query::Log(reading, request, [&](const query::LoggedEvent& event) {
    oldest = std::min(oldest, event.seq);
    return store::Visit::kContinue;
  }));
  return oldest - 1;
}

// A reading is a fixed view: what is new is seen by opening another one when the anchor has moved.
Result<int> Follow(Invocation& in, query::LogRequest request, EventPrinter& printer) {
  ASSIGN_OR_RETURN(auto reading, in.OpenReading());
  if (!request.after) {
    ASSIGN_OR_RETURN(request.after, BehindLast(*reading, request, request.limit.value_or(kFollowedEvents)));
  }
  request.limit.reset();
  while (true) {
    RETURN_IF_ERROR(PrintOnce(*reading, request, printer));
    printer.Pause();
    const auto head = reading->log().head();
    request.after = std::max(*request.after, head);
    for (auto anchored = head; anchored <= head;) {
      if (!in.out.open() || !WaitForMore()) return kDone;
      ASSIGN_OR_RETURN(const auto anchor, store::ReadAnchor(in.context.store));
      if (anchor) anchored = anchor->seq;
    }
    ASSIGN_OR_RETURN(reading, in.OpenReading());
  }
}

Status CheckFollow(const Invocation& in, EventFormat format) {
  for (const char* other : {"reverse", "until", "at"}) {
    if (in.arguments.Has(other)) return Error{Code::kUsage, fmt::format("--follow and --{} exclude each other", other), {}};
  }
  if (format == EventFormat::kJson) return Error{Code::kUsage, "--follow never ends, and an array has to", "use -o ndjson"};
  return {};
}

Result<int> Run(Invocation& in) {
  ASSIGN_OR_RETURN(auto request, ReadRequest(in));
  ASSIGN_OR_RETURN(const auto format, ReadFormat(in));
  request.bare = (format == EventFormat::kTable || format == EventFormat::kOneLine) && !in.arguments.Has("patch");
  EventPrinter printer(in.out, format, in.arguments.Has("patch"), in.now());
  if (in.arguments.Has("follow")) {
    RETURN_IF_ERROR(CheckFollow(in, format));
    return Follow(in, std::move(request), printer);
  }
  if (!request.limit && in.out.terminal() && !request.after) request.limit = kTerminalEvents;
  ASSIGN_OR_RETURN(const auto reading, in.OpenReading());
  in.out.StartPager(in.environment);
  RETURN_IF_ERROR(PrintOnce(*reading, request, printer));
  printer.Finish();
  return kDone;
}

std::vector<Option> Options() {
  using enum Option::Arity;
  return {{.name = "type",
           .letter = 't',
           .arity = kList,
           .metavar = "TYPE",
           .help = "only events of these types (tags_imported, ...)",
           .completes = Completes::kEventType},
          {.name = "run", .arity = kOne, .metavar = "SEQ", .help = "only the run that began there", .completes = Completes::kRun},
          ProjectOption("only what concerns this project"),
          {.name = "tag", .arity = kOne, .metavar = "TAG", .help = "only imports and edits of this tag", .completes = Completes::kTag},
          {.name = "grep", .arity = kOne, .metavar = "RE", .help = "only events whose JSON matches"},
          {.name = "since", .arity = kOne, .metavar = "POINT", .help = "from there on, inclusive", .completes = Completes::kPoint},
          {.name = "until", .arity = kOne, .metavar = "POINT", .help = "up to there, inclusive", .completes = Completes::kPoint},
          {.name = "after", .arity = kOne, .metavar = "SEQ", .help = "behind that event, oldest first"},
          {.name = "limit", .letter = 'n', .arity = kOne, .metavar = "N", .help = "at most so many (on a terminal 100)"},
          {.name = "reverse", .help = "oldest first"},
          {.name = "patch", .letter = 'p', .help = "with the change itself"},
          {.name = "output",
           .letter = 'o',
           .arity = kOne,
           .metavar = "FORMAT",
           .help = "how to print",
           .choices = {"table", "oneline", "json", "ndjson", "csv"}},
          {.name = "follow", .help = "go on as events arrive"}};
}

}  // namespace

Command LogCommand() {
  return {
      .path = "log",
      .summary = "the events, newest first; of the whole store unless -c is given",
      .positionals =
          {{.name = "ARTIFACT", .help = "only what concerns these", .required = false, .many = true, .completes = Completes::kArtifact}},
      .options = Options(),
      .examples = {{"log skill:pdf --type tags_imported -p", "every import of an artifact's tags"},
                   {"log --since '2 days ago' -o ndjson", "for a script"}},
      .exit_codes = {kNotFoundExit, kCorruptExit},
      .takes_at = true,
      .run = Run};
}

}  // namespace skilltrail::cli
