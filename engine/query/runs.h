// Runs: who did what, run by run, and what one of them changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/query/diff.h"
#include "engine/session/run_reader.h"

namespace skilltrail::query {

// Newest first, at most `limit`; of the context's collection if one is named there, else of all. At the context's --at: as they stood then.
Result<std::vector<RunFacts>> Runs(Reading& reading, std::optional<uint64_t> limit);

struct RunReport {
  RunFacts run;
  std::vector<ArtifactDiff> artifacts;    // that it changed, with files; sorted by artifact
  struct Deployment {                     // what it did in projects
    std::string project, artifact, type;  // type: of the event, "artifact_deployed", ...
  };
  std::vector<Deployment> deployments;  // in order
  std::string refresh;                  // of a refresh: its report as JSON, as it was kept; empty: none
};
// kNotFound if no run began there.
Result<RunReport> ShowRun(Reading& reading, Seq seq);

}  // namespace skilltrail::query
