// LogQuery: the audit log: which events, in which order, as values that both front doors print. Needs no folded state.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/query/run_book.h"
#include "engine/session/reading.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::query {

struct LogRequest {
  std::vector<std::string> artifacts;  // type:name, or a bare name: every type of it
  std::vector<std::string> types;      // event types, snake_case; unknown: kUsage with the nearest
  std::optional<Seq> run;              // events of the run that began at that sequence; kNotFound
  std::string project;                 // absolute path
  std::string tag;
  std::string grep;          // regular expression over the event's JSON line; kUsage if broken
  std::string since, until;  // POINT; inclusive
  std::optional<Seq> after;  // exclusive; implies oldest first
  std::optional<uint64_t> limit;
  bool oldest_first = false;
  // True: hash, prev_hash, run_seq, actor and command of the events stay empty. Each costs a look at another part of the log, and who
  // prints a table shows none of them. Without effect where `grep` is set, for they are part of what it looks at.
  bool bare = false;
};

// One event with what its run says of it. Valid during the callback only.
struct LoggedEvent {
  Seq seq = 0;
  Micros logged_at = 0, recorded_at = 0;
  std::string type;
  std::string collection, artifact, project;
  std::string run_id;
  Seq run_seq = 0;  // where its run began
  std::string actor, command;
  Digest hash, prev_hash;
  std::span<const uint8_t> bytes;
  const schema::Event* event = nullptr;  // for PayloadJson
};
// Valid as long as the stored one is.
LoggedEvent Describe(const store::StoredEvent& stored, const RunOrigin& run);
using LogVisitor = std::function<store::Visit(const LoggedEvent&)>;

// The whole store unless the context names a collection. Newest first unless `after` or `oldest_first`. At most the point of the context's
// --at. What the filters let through is found in the index, and only those events are read; grep alone reads all that is left.
Status Log(Reading& reading, const LogRequest& request, const LogVisitor& visit);

// The event's JSON document as CONTRACT gives it.
std::string LoggedEventJson(const LoggedEvent& event);

}  // namespace skilltrail::query
