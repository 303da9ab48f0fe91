// Record: under the lock, decides again on the state at head, and appends what came of it. A long refresh records in bursts, so that an
// interrupted one keeps what it has learned.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/refresh/facts.h"
#include "engine/refresh/refresh.h"
#include "engine/refresh/select.h"
#include "engine/refresh/stated_cache.h"
#include "engine/refresh/validators.h"
#include "engine/session/context.h"
#include "engine/session/writing.h"

namespace skilltrail::refresh {

// What the first phase, without the lock, has brought so far.
struct Findings {
  std::string collection;
  Selection selection;
  std::map<std::string, Facts> facts;  // by artifact
  upstream::Ledger ledger;             // requests of this refresh alone
  std::chrono::steady_clock::time_point began;
};

class Recorder {
 public:
  // All outlive it.
  Recorder(const Context& context, const RefreshRequest& request, Findings& findings, Validators& validators, StatedCache& stated);

  // There will be something to record in the collection that stands there: its manifest is read meanwhile.
  void Expect(const std::filesystem::path& dir);
  // The collection as it was when upstream was asked, and where it stood.
  void Know(projections::CollectionState state, std::filesystem::path dir);
  // Records those artifacts; the run goes on. Their contents are dropped from the findings. Not in a dry run.
  Status Burst(const std::vector<std::string>& artifacts);
  // Records those artifacts and ends the run.
  Result<RefreshReport> Finish(const std::vector<std::string>& artifacts);

 private:
  // Takes the lock and gathers the events of those artifacts and the RefreshCompleted that covers all so far.
  Result<std::unique_ptr<Writing>> Gather(const std::vector<std::string>& artifacts, bool last);

  const Context& context_;
  const RefreshRequest& request_;
  Findings& findings_;
  Validators& validators_;
  StatedCache& stated_;
  Prepared prepared_;
  std::filesystem::path dir_;
  RunTicket ticket_;
  RefreshReport report_;
  schema::RunStatus status_ = schema::RunStatus::completed;
};

}  // namespace skilltrail::refresh
