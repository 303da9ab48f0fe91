// RunBook: what the first event of a run says of it, looked up once a run.
#pragma once

#include <map>
#include <string>

#include "engine/store/event_log.h"
#include "events/result.h"

namespace skilltrail::query {

struct RunOrigin {
  Seq seq = 0;  // where it began
  std::string actor, command;
};

// What the run's first event, at that sequence, says of it.
RunOrigin OriginOf(Seq seq, const schema::Event& first);

// The log must outlive it. Not thread-safe.
class RunBook {
 public:
  explicit RunBook(const store::EventLog& log) : log_(log) {}
  // Valid until the next call.
  Result<const RunOrigin*> Of(const RunId& id);

 private:
  const store::EventLog& log_;
  std::map<RunId, RunOrigin> runs_;
};

}  // namespace skilltrail::query
