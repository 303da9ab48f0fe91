// RunReader: what a run was, folded from its own events.
#pragma once

#include <optional>
#include <string>

#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail {

struct RunFacts {
  Seq seq = 0;       // of its RunStarted
  Seq last_seq = 0;  // of its last event so far
  RunId id;
  Micros started_at = 0;  // recorded_at of its RunStarted
  std::string actor, command, message;
  std::string collection;                   // empty: it concerned none
  uint64_t events = 0;                      // RunStarted and RunCompleted among them
  std::optional<schema::RunStatus> status;  // nothing: it has not completed, or was killed
};

// Folds one of the run's events, in any order.
void Apply(RunFacts& run, const store::StoredEvent& event);

// The run that began at `seq`, of whose events those at or before `through` count; each is shown to `visit`, oldest first. kNotFound if no
// run began there.
Result<RunFacts> ReadRun(const Reading& reading, Seq seq, Seq through, const store::EventVisitor& visit = {});

// True for the kinds of events that change what is known of an artifact in its collection: not deployments, drift, or a look at upstream.
bool ChangesArtifact(schema::Payload type);

// The last event at or before `through` that changed an artifact, of that collection or, if it is empty, of any; 0 if there is none.
Result<Seq> LastArtifactChange(const Reading& reading, const std::string& collection, Seq through);

}  // namespace skilltrail
