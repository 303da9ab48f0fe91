#include "engine/query/log_query.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/query/run_book.h"
#include "engine/session/artifact_word.h"
#include "events/codec.h"
#include "events/json.h"
#include "events/name.h"

namespace skilltrail::query {
namespace {

constexpr Seq kLookUpEvery = 64;  // events between two looks at whether to go on

struct Filter {
  std::set<std::string> artifacts;  // ids
  std::set<std::string> types;
  std::optional<RunId> run;
  std::string collection, project, tag;
  std::unique_ptr<RE2> grep;
  store::ScanOptions range;
};

std::optional<schema::Payload> PayloadNamed(const std::string& name) {
  // Every number, not only those that this program has a name for: a newer one may have written "unknown_40".
  for (unsigned number = 1; number <= UINT8_MAX; ++number) {
    const auto type = static_cast<schema::Payload>(number);
    if (EventTypeName(type) == name) return type;
  }
  return std::nullopt;
}

Result<Filter> MakeFilter(Reading& reading, const LogRequest& request) {
  Filter filter;
  auto moment = reading.At();
  if (!moment.ok()) return moment.error();
  filter.range.through = moment->seq;
  filter.range.newest_first = !request.oldest_first && !request.after;
  filter.range.hashes = !request.bare || !request.grep.empty();
  filter.collection = reading.context().collection.empty() ? moment->collection : reading.context().collection;
  if (!filter.collection.empty()) {
    auto known = reading.log().LastOf(store::CollectionStream(filter.collection));
    if (!known.ok()) return known.error();
    // A collection that was removed has its history still.
    if (*known == 0) {
      if (auto info = reading.Collection(filter.collection, *moment); !info.ok()) return info.error();
    }
  }
  for (const auto& type : request.types) {
    if (!PayloadNamed(type)) {
      const std::string near = Nearest(type, EventTypeNames());
      return Error{Code::kUsage, fmt::format("unknown event type \"{}\"", type),
                   near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
    }
    filter.types.insert(type);
  }
  for (const auto& artifact : request.artifacts) {
    if (artifact.find(':') != std::string::npos) {
      auto id = ParseArtifactId(artifact);
      if (!id.ok()) return id.error();
      filter.artifacts.insert(id->text());
      continue;
    }
    if (Status good = CheckName(artifact, "artifact"); !good.ok()) return good.error();
    for (ArtifactType type : AllTypes()) filter.artifacts.insert(ArtifactId{type, artifact}.text());
  }
  if (request.run) {
    auto run = reading.Resolve(fmt::format("run:{}", *request.run));
    if (!run.ok()) return run.error();
    Status found = reading.log().At(*request.run, [&](const store::StoredEvent& event) {
      filter.run = RunIdOf(*event.event);
      return store::Visit::kStop;
    });
    if (!found.ok()) return found.error();
  }
  filter.project = request.project;
  filter.tag = request.tag;
  if (!request.grep.empty()) {
    RE2::Options options;
    options.set_log_errors(false);
    filter.grep = std::make_unique<RE2>(request.grep, options);
    if (!filter.grep->ok())
      return Error{Code::kUsage, fmt::format("\"{}\" is no regular expression: {}", request.grep, filter.grep->error()), {}};
  }
  return filter;
}

// --since, --until and --after as one range of sequences.
Status NarrowRange(Reading& reading, const LogRequest& request, Filter& filter) {
  if (!request.since.empty()) {
    auto since = reading.ResolveSince(request.since);
    if (!since.ok()) return since.error();
    filter.range.after = *since == 0 ? 0 : *since - 1;
  }
  if (!request.until.empty()) {
    auto until = reading.Resolve(request.until);
    if (!until.ok()) return until.error();
    filter.range.through = std::min(filter.range.through, until->seq);
  }
  if (request.after) filter.range.after = std::max(filter.range.after, *request.after);
  return {};
}

// An artifact or a project that the log has never heard of is not there; one that a filter leaves without events is.
Status RequireKnown(const store::EventLog& log, const LogRequest& request, const Filter& filter) {
  for (const auto& artifact : request.artifacts) {
    auto collections = log.StreamKeys(store::StreamKind::kCollection);
    if (!collections.ok()) return collections.error();
    bool found = false;
    for (const auto& collection : *collections) {
      for (const auto& id : filter.artifacts) {
        if (!Means(artifact, id)) continue;
        auto last = log.LastOf(store::ArtifactStream(collection, id));
        if (!last.ok()) return last.error();
        found = found || *last != 0;
      }
    }
    if (!found)
      return Error{Code::kNotFound, fmt::format("no artifact \"{}\" in the log", artifact), "skilltrail list shows those of a collection"};
  }
  if (filter.project.empty()) return {};
  auto last = log.LastOf(store::ProjectStream(filter.project));
  if (!last.ok()) return last.error();
  if (*last == 0) return Error{Code::kNotFound, fmt::format("nothing was ever deployed in {}", filter.project), {}};
  return {};
}

bool TouchesTag(const schema::Event& event, const std::string& tag) {
  auto in = [&](const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list) {
    return list != nullptr && std::any_of(list->begin(), list->end(), [&](const auto* one) { return View(one) == tag; });
  };
  if (const auto* imported = event.payload_as_TagsImported()) return in(imported->added()) || in(imported->removed());
  if (const auto* edited = event.payload_as_TagsEdited()) return in(edited->added()) || in(edited->removed());
  return false;
}

bool Passes(const Filter& filter, const schema::Event& event) {
  if (!filter.collection.empty() && View(event.collection()) != filter.collection) return false;
  if (!filter.artifacts.empty() && !filter.artifacts.contains(std::string(View(event.artifact())))) return false;
  if (!filter.types.empty() && !filter.types.contains(EventTypeName(event))) return false;
  if (filter.run && RunIdOf(event) != *filter.run) return false;
  if (!filter.project.empty() && View(event.project()) != filter.project) return false;
  return filter.tag.empty() || TouchesTag(event, filter.tag);
}

using Streams = std::vector<store::StreamKey>;

// What the index is to look for: an event passes only if it stands in one stream of every group. None: the whole log.
Result<std::vector<Streams>> GroupsOf(const store::EventLog& log, const Filter& filter) {
  std::vector<Streams> groups;
  if (filter.run) groups.push_back({store::RunStream(*filter.run)});
  if (!filter.artifacts.empty()) {
    std::vector<std::string> collections{filter.collection};
    if (filter.collection.empty()) {
      ASSIGN_OR_RETURN(collections, log.StreamKeys(store::StreamKind::kCollection));
    }
    auto& streams = groups.emplace_back();
    for (const auto& collection : collections) {
      for (const auto& id : filter.artifacts) streams.push_back(store::ArtifactStream(collection, id));
    }
  }
  if (!filter.tag.empty()) groups.push_back({store::TagStream(filter.tag)});
  if (!filter.project.empty()) groups.push_back({store::ProjectStream(filter.project)});
  if (!filter.types.empty()) {
    auto& streams = groups.emplace_back();
    for (const auto& type : filter.types) streams.push_back(store::TypeStream(*PayloadNamed(type)));
  }
  // The streams of artifacts are of one collection each.
  if (filter.artifacts.empty() && !filter.collection.empty()) groups.push_back({store::CollectionStream(filter.collection)});
  return groups;
}

nlohmann::json TextOrNull(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

}  // namespace

LoggedEvent Describe(const store::StoredEvent& stored, const RunOrigin& run) {
  const schema::Event& event = *stored.event;
  LoggedEvent logged;
  logged.seq = stored.seq;
  logged.logged_at = stored.logged_at;
  logged.recorded_at = event.recorded_at();
  logged.type = EventTypeName(event);
  logged.collection = View(event.collection());
  logged.artifact = View(event.artifact());
  logged.project = View(event.project());
  logged.run_id = RunIdOf(event).text();
  logged.run_seq = run.seq;
  logged.actor = run.actor;
  logged.command = run.command;
  logged.hash = stored.hash;
  logged.prev_hash = stored.prev_hash;
  logged.bytes = stored.bytes;
  logged.event = &event;
  return logged;
}

Status Log(Reading& reading, const LogRequest& request, const LogVisitor& visit) {
  auto filter = MakeFilter(reading, request);
  if (!filter.ok()) return filter.error();
  if (Status narrowed = NarrowRange(reading, request, *filter); !narrowed.ok()) return narrowed;
  RETURN_IF_ERROR(RequireKnown(reading.log(), request, *filter));
  auto groups = GroupsOf(reading.log(), *filter);
  if (!groups.ok()) return groups.error();
  uint64_t left = request.limit.value_or(UINT64_MAX);
  if (left == 0) return {};
  RunBook runs(reading.log());
  Status failed;
  Status scanned = reading.log().ScanWhere(*groups, filter->range, [&](const store::StoredEvent& stored) {
    if (stored.seq % kLookUpEvery == 0 && Interrupted(reading.context())) {
      failed = Error{Code::kInterrupted, fmt::format("reading the log was broken off at event {}", stored.seq), "narrow it down"};
      return store::Visit::kStop;
    }
    if (!Passes(*filter, *stored.event)) return store::Visit::kContinue;
    RunOrigin origin;
    if (filter->range.hashes) {
      auto run = runs.Of(RunIdOf(*stored.event));
      if (!run.ok()) {
        failed = run.error();
        return store::Visit::kStop;
      }
      origin = **run;
    }
    const LoggedEvent logged = Describe(stored, origin);
    if (filter->grep && !RE2::PartialMatch(LoggedEventJson(logged), *filter->grep)) return store::Visit::kContinue;
    if (visit(logged) == store::Visit::kStop || --left == 0) return store::Visit::kStop;
    return store::Visit::kContinue;
  });
  return failed.ok() ? scanned : failed;
}

std::string LoggedEventJson(const LoggedEvent& event) {
  nlohmann::ordered_json document;
  document["seq"] = event.seq;
  document["logged_at"] = FormatTime(event.logged_at);
  document["recorded_at"] = FormatTime(event.recorded_at);
  document["type"] = event.type;
  document["collection"] = TextOrNull(event.collection);
  document["artifact"] = TextOrNull(event.artifact);
  document["project"] = TextOrNull(event.project);
  document["run_id"] = event.run_id;
  document["run_seq"] = event.run_seq;
  document["actor"] = event.actor;
  document["command"] = event.command;
  document["hash"] = event.hash.hex();
  document["prev_hash"] = event.prev_hash.hex();
  document["data"] = PayloadJson(*event.event);
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace skilltrail::query
