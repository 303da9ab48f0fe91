#include "engine/refresh/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/projections/refresh_marks.h"
#include "engine/session/writing.h"
#include "events/codec.h"
#include "events/source.h"

namespace skilltrail::refresh {
namespace {

using Identity = SourceReport::Identity;
using Json = nlohmann::json;

// What the artifact's stream says of its source, after its last addition.
struct Life {
  std::optional<Identity> identity;
  std::vector<SourceReport::Move> moves;

  void Apply(const store::StoredEvent& event) {
    const auto text = [](const flatbuffers::String* value) { return std::string(View(value)); };
    if (event.event->payload_type() == schema::Payload::ArtifactAdded) *this = {};
    if (event.event->payload_type() == schema::Payload::SourceAccepted) identity.reset();
    if (const auto* changed = event.event->payload_as_SourceIdentityChanged())
      identity = Identity{changed->repository_id_before(), changed->repository_id_after(), event.event->recorded_at()};
    if (const auto* moved = event.event->payload_as_SourceMoved())
      moves.push_back({event.event->recorded_at(), text(moved->before()), text(moved->after())});
  }
};

Result<Life> ReadLife(const store::EventLog& log, std::string_view collection, const projections::ArtifactState& artifact, Seq through) {
  Life life;
  store::ScanOptions options;
  options.through = through;
  RETURN_IF_ERROR(log.ScanStream(store::ArtifactStream(collection, artifact.id), options, [&](const store::StoredEvent& event) {
    life.Apply(event);
    return store::Visit::kContinue;
  }));
  // A restore may have brought the old repository back, or taken the new one.
  if (life.identity && artifact.repository_id != life.identity->before) life.identity.reset();
  return life;
}

// What the report of a refresh says of an artifact that it could not compare; nothing if it does not speak of it.
Result<std::string> WhyExcepted(const Reading& reading, const Digest& report, const std::string& artifact) {
  ASSIGN_OR_RETURN(const std::string text, reading.blobs().Get(report));
  const Json json = Json::parse(text, nullptr, false);
  const auto details = json.find("details");
  if (details == json.end()) return std::string();
  for (const Json& entry : *details) {
    if (entry.value("artifact_id", Json()) != artifact) continue;
    for (const char* member : {"error", "reason"}) {
      if (const auto found = entry.find(member); found != entry.end() && found->is_string()) return found->get<std::string>();
    }
  }
  return std::string();
}

Result<std::optional<SourceReport::Trouble>> ReadTrouble(const Reading& reading, std::string_view collection,
                                                         const projections::ArtifactState& artifact, Seq through) {
  std::optional<SourceReport::Trouble> trouble;
  Status failed;
  store::ScanOptions options;
  options.after = artifact.added_seq;
  options.through = through;
  options.newest_first = true;
  const auto visit = [&](const store::StoredEvent& event) {
    const auto* completed = event.event->payload_as_RefreshCompleted();
    if (completed == nullptr || View(event.event->collection()) != collection) return store::Visit::kContinue;
    const projections::RefreshMark mark{event.seq, event.event->recorded_at(),
                                        *std::unique_ptr<schema::RefreshCompletedT>(completed->UnPack())};
    const auto& excepted = mark.completed.excepted;
    const Digest report = DigestOf(completed->report());
    if (std::find(excepted.begin(), excepted.end(), artifact.id) == excepted.end())
      return projections::Covers(mark, artifact) ? store::Visit::kStop : store::Visit::kContinue;
    if (report.zero()) return store::Visit::kContinue;  // of a run whose last event says more
    auto why = WhyExcepted(reading, report, artifact.id);
    if (!why.ok()) failed = why.error();
    if (why.ok() && why->empty()) return store::Visit::kContinue;  // it came into the collection meanwhile
    if (why.ok()) trouble = SourceReport::Trouble{mark.recorded_at, std::move(*why)};
    return store::Visit::kStop;
  };
  RETURN_IF_ERROR(reading.log().ScanStream(store::TypeStream(schema::Payload::RefreshCompleted), options, visit));
  RETURN_IF_ERROR(failed);
  return trouble;
}

}  // namespace

Result<SourceReport> ShowSource(const Context& context, const std::string& artifact) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  ASSIGN_OR_RETURN(const Moment at, reading->At());
  ASSIGN_OR_RETURN(const projections::CollectionState state, reading->CollectionState("", at));
  ASSIGN_OR_RETURN(const std::string id, Reading::Find(state, artifact));
  const projections::ArtifactState& held = *state.Find(id);
  ASSIGN_OR_RETURN(Life life, ReadLife(reading->log(), state.name(), held, at.seq));
  SourceReport report;
  report.artifact = id;
  report.source = held.source;
  report.origin_source = held.origin_source;
  report.version_spec = held.version_spec;
  report.resolved_sha = held.resolved_sha;
  report.repository_id = held.repository_id;
  report.last_refreshed_at = held.last_refreshed_at;
  report.tags_checked_at = held.tags_checked_at;
  report.identity = life.identity;
  report.moves = std::move(life.moves);
  report.as_of = at;
  ASSIGN_OR_RETURN(report.trouble, ReadTrouble(*reading, state.name(), held, at.seq));
  if (const auto source = ParseSource(held.source); source.ok()) {
    report.repository = source->repository();
    ASSIGN_OR_RETURN(const auto sources, reading->states().SourcesAt(state.name(), at.seq));
    const auto found = sources.find(projections::SourceKey(report.repository));
    if (found != sources.end()) report.state = found->second;
  }
  return report;
}

Result<AcceptReport> AcceptSource(const Context& context, const std::string& artifact) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  ASSIGN_OR_RETURN(projections::CollectionState * state, writing->Collection(""));
  ASSIGN_OR_RETURN(const std::string id, Reading::Find(*state, artifact));
  const projections::ArtifactState held = *state->Find(id);
  ASSIGN_OR_RETURN(const Life life, ReadLife(writing->reading().log(), state->name(), held, writing->reading().log().head()));
  if (!life.identity) {
    return Error{Code::kConflict, fmt::format("{} has no changed identity to accept", id),
                 fmt::format("skilltrail source show {} says where it comes from", id)};
  }
  schema::SourceAcceptedT accepted;
  accepted.source = held.source;
  accepted.repository_id = life.identity->after;
  writing->Add({state->name(), id, {}, std::move(accepted)});
  RETURN_IF_ERROR(writing->Finish());
  return AcceptReport{id, held.source, life.identity->after, writing->run_text()};
}

}  // namespace skilltrail::refresh
