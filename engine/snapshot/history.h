// History: the events that follow from one collection alone, in the order of the log: what an archive of it holds. Inner to this room.
//
// They are the events of the collection up to a sequence, the RunStarted of their runs wherever that stands, and the RunCompleted of the
// last one's run. What an import said about itself (CollectionImported, and its run if that did nothing else) is not among them: it tells
// of a store, not of the collection. So a collection that came out of an archive goes into the same archive again.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/store/event_log.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct HashRun {
  size_t operator()(const RunId& run) const {
    // The last bytes of a UUIDv7 are random.
    size_t hash = 0;
    for (size_t i = run.bytes.size() - sizeof hash; i < run.bytes.size(); ++i) hash = hash << 8 | run.bytes[i];
    return hash;
  }
};
using Runs = std::unordered_set<RunId, HashRun>;

class History {
 public:
  // The log must outlive it.
  static Result<History> Of(const store::EventLog& log, std::string collection, Seq through);

  // Every event, oldest first. The sequences are those of this log. Any number of times.
  Status Scan(const store::EventVisitor& visit) const;

 private:
  History(const store::EventLog& log, std::string collection, Seq through)
      : log_(&log), collection_(std::move(collection)), through_(through) {}
  Status FindImports();
  Status FindOthers();

  const store::EventLog* log_;
  std::string collection_;
  Seq through_;
  Runs passed_over_;         // runs that only imported
  std::vector<Seq> others_;  // events from outside of the range, sorted
};

}  // namespace skilltrail::snapshot
