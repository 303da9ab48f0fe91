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
  std::vector<std::string> problems;  // by sequence; at most a hundred of each kind, with a line that counts the rest
  Seq first_bad = 0;                  // the first event that something is wrong with; 0: none, or it is not an event's
};
// Problems make a report that is not ok; an Error is a store that could not be read at all. It looks at the log as it was when the reading
// was opened, whatever others write meanwhile. `full` also reads every table file and every blob's bytes, folds every collection from the
// start and compares it with every checkpoint, and compares the manifests with what was folded. A BlobRedacted event makes the absence of
// its blob right.
Result<VerifyReport> Verify(Reading& reading, bool full);

}  // namespace skilltrail::query
