#include "engine/session/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "events/codec.h"

namespace skilltrail {
namespace {

using Type = schema::Payload;

constexpr std::array kArtifactChanges = {Type::ArtifactAdded,     Type::ArtifactRemoved, Type::ArtifactRestored, Type::ContentChanged,
                                         Type::MetadataRefreshed, Type::MetadataEdited,  Type::TagsImported,     Type::TagsEdited,
                                         Type::SourceMoved,       Type::SourceAccepted};

}  // namespace

void Apply(RunFacts& run, const store::StoredEvent& stored) {
  const schema::Event& event = *stored.event;
  ++run.events;
  run.id = RunIdOf(event);
  run.last_seq = std::max(run.last_seq, stored.seq);
  if (run.collection.empty()) run.collection = View(event.collection());
  if (const auto* started = event.payload_as_RunStarted()) {
    run.seq = stored.seq;
    run.started_at = event.recorded_at();
    run.actor = View(started->actor());
    run.command = View(started->command());
    run.message = View(started->message());
  } else if (const auto* completed = event.payload_as_RunCompleted()) {
    run.status = completed->status();
  }
}

Result<RunFacts> ReadRun(const Reading& reading, Seq seq, Seq through, const store::EventVisitor& visit) {
  RETURN_IF_ERROR(reading.Resolve(fmt::format("run:{}-", seq)));
  RunId id;
  RETURN_IF_ERROR(reading.log().At(seq, [&](const store::StoredEvent& event) {
    id = RunIdOf(*event.event);
    return store::Visit::kStop;
  }));
  RunFacts run;
  store::ScanOptions range;
  range.through = through;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(id), range, [&](const store::StoredEvent& event) {
    Apply(run, event);
    return visit ? visit(event) : store::Visit::kContinue;
  }));
  if (run.seq == 0) return Error{Code::kNotFound, fmt::format("no run began at {} by then", seq), {}};
  return run;
}

bool ChangesArtifact(Type type) {
  return std::find(kArtifactChanges.begin(), kArtifactChanges.end(), type) != kArtifactChanges.end();
}

Result<Seq> LastArtifactChange(const Reading& reading, const std::string& collection, Seq through) {
  Seq last = 0;
  if (!collection.empty()) {
    store::ScanOptions newest_first;
    newest_first.through = through;
    newest_first.newest_first = true;
    RETURN_IF_ERROR(reading.log().ScanStream(store::CollectionStream(collection), newest_first, [&](const store::StoredEvent& event) {
      if (!ChangesArtifact(event.event->payload_type())) return store::Visit::kContinue;
      last = event.seq;
      return store::Visit::kStop;
    }));
    return last;
  }
  for (const Type type : kArtifactChanges) {
    ASSIGN_OR_RETURN(const Seq of_type, reading.log().LastOf(store::TypeStream(type), through));
    last = std::max(last, of_type);
  }
  return last;
}

}  // namespace skilltrail
