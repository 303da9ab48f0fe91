// Verify: does the store hold together? Chain, anchor, index = events, every blob that an event names present and true to its digest.
#pragma once

#include <string>
#include <vector>

#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::query {

struct VerifyReport {
  bool ok = false;
  Seq events = 0;
  Seq head_seq = 0;
  Digest head_hash;
  uint64_t blobs = 0;
  std::vector<std::string> problems;
};
// Problems make a report that is not ok; an Error is a store that could not be read at all. `full` also reads every blob's bytes, folds
// every collection from the start and compares it with its checkpoints, and reads the manifests.
Result<VerifyReport> Verify(Reading& reading, bool full);

}  // namespace skilltrail::query
