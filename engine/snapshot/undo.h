// Undo: takes back what one run did to artifacts. It is a run of its own, so that undoing it is redo.
#pragma once

#include <optional>

#include "engine/session/run_reader.h"
#include "engine/snapshot/restore.h"

namespace skilltrail::snapshot {

struct UndoRequest {
  std::optional<Seq> run;  // the sequence that it began at; nothing: the newest that changed artifacts, of the context's collection or of
                           // all; what came with an import was done elsewhere, and does not count
};
struct UndoReport {
  RunFacts undone;
  RestoreReport restore;  // as_of: just before that run
};

// Captures the present, then brings every artifact that the run changed to what it was just before, and the baseline of a copy whose edits
// it had pulled, so that they are edits again. kNotFound: no such run, or none that changed artifacts. kConflict, and nothing changed,
// naming them: artifacts that have changed since, edits on disk included; also a run that made its collection, whose files are a person's;
// and no run named where the last thing that was done is a deployment, which undo does not take back.
// A run named that changed no artifact makes an empty plan. With context.dry_run it is the plan.
Result<UndoReport> Undo(const Context& context, const UndoRequest& request);

}  // namespace skilltrail::snapshot
