#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/invocation.h"
#include "cli/text.h"
#include "engine/query/log_query.h"
#include "engine/query/query.h"

namespace skilltrail::cli {
namespace {

constexpr uint64_t kRuns = 30;
constexpr size_t kMaxCandidates = 2'000;

std::vector<std::string> Artifacts(Reading& reading) {
  std::vector<std::string> names;
  const auto moment = reading.Resolve("");
  if (!moment.ok()) return names;
  const auto state = reading.CollectionState("", *moment);
  if (!state.ok()) return names;
  for (const auto* artifact : state->artifacts()) {
    names.push_back(artifact->id);
    names.push_back(artifact->id.substr(artifact->id.find(':') + 1));
  }
  return names;
}

std::vector<std::string> Collections(Reading& reading) {
  std::vector<std::string> names;
  const auto all = reading.states().CollectionsAt(reading.log().head());
  if (!all.ok()) return names;
  for (const auto& [name, info] : *all) {
    if (info.exists) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Runs(Reading& reading) {
  std::vector<std::string> runs;
  query::LogRequest request;
  request.types = {"run_started"};
  request.limit = kRuns;
  const Status asked = query::Log(reading, request, [&](const query::LoggedEvent& event) {
    runs.push_back(std::to_string(event.seq));
    return store::Visit::kContinue;
  });
  return asked.ok() ? runs : std::vector<std::string>();
}

std::vector<std::string> Snapshots(Reading& reading) {
  std::vector<std::string> names;
  const auto snapshots = reading.states().SnapshotsAt(reading.log().head());
  if (!snapshots.ok()) return names;
  for (const auto& snapshot : *snapshots) {
    names.push_back(snapshot.id);
    if (!snapshot.name.empty()) names.push_back(snapshot.name);
  }
  return names;
}

std::vector<std::string> Points(Reading& reading) {
  std::vector<std::string> points = {"@", "@~1", "today", "yesterday", "1h", "1d", "1w"};
  for (const auto& run : Runs(reading)) {
    points.push_back("run:" + run);
    points.push_back("run:" + run + "-");
  }
  for (const auto& name : Snapshots(reading)) points.push_back("snap:" + name);
  return points;
}

std::vector<std::string> Candidates(const std::string& kind, Reading& reading) {
  if (kind == CompletesName(Completes::kArtifact)) return Artifacts(reading);
  if (kind == CompletesName(Completes::kCollection)) return Collections(reading);
  if (kind == CompletesName(Completes::kEventType)) return EventTypeNames();
  if (kind == CompletesName(Completes::kPoint)) return Points(reading);
  if (kind == CompletesName(Completes::kRun)) return Runs(reading);
  if (kind == CompletesName(Completes::kSnapshot)) return Snapshots(reading);
  if (kind == CompletesName(Completes::kTag)) {
    if (auto tags = reading.log().StreamKeys(store::StreamKind::kTag); tags.ok()) return std::move(*tags);
  }
  return {};
}

// A shell that completes is told nothing but candidates: no error, no other exit code.
Result<int> Run(Invocation& in) {
  const auto kind = in.arguments.Word(0);
  const auto begun = in.arguments.Word(1);
  // Of a list only the last element is completed.
  const auto comma = kind == CompletesName(Completes::kEventType) ? begun.rfind(',') : std::string::npos;
  const auto before = comma == std::string::npos ? std::string() : begun.substr(0, comma + 1);
  const auto reading = in.OpenReading();
  if (!reading.ok()) return kDone;
  std::set<std::string> found;
  for (auto& one : Candidates(kind, **reading)) {
    // What a terminal could not show as it is would be another name when it is typed.
    if (one.starts_with(begun.substr(before.size())) && OneLine(one) == one && !one.starts_with('-')) found.insert(before + one);
    if (found.size() == kMaxCandidates) break;
  }
  for (const auto& one : found) in.out.Write(one + "\n");
  return kDone;
}

}  // namespace

Command CompleteCommand() {
  return {.path = "__complete",
          .summary = "candidates for a completion script, one a line",
          .positionals = {{.name = "KIND", .help = "artifact, collection, type, tag, point, run, snapshot"},
                          {.name = "BEGUN", .help = "what was typed so far", .required = false}},
          .examples = {{"__complete artifact skill:p", "those of the collection that begin so"},
                       {"__complete point run:", "the newest runs, as points"}},
          .hidden = true,
          .run = Run};
}

}  // namespace skilltrail::cli
