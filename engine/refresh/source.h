// Source: where an artifact comes from and how its repository fares, and the acceptance of another repository under the old name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/projections/source_state.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::refresh {

struct SourceReport {
  std::string artifact;
  std::string source;         // empty: a local artifact
  std::string repository;     // owner/repo
  std::string origin_source;  // URL
  std::string version_spec;
  std::string resolved_sha;
  uint64_t repository_id = 0;
  Micros last_refreshed_at = 0;
  Micros tags_checked_at = 0;
  std::optional<projections::SourceState> state;  // absent: no refresh has said anything of it
  // Another repository answers under the name, and nobody has accepted it.
  struct Identity {
    uint64_t before = 0;
    uint64_t after = 0;
    Micros seen_at = 0;
  };
  std::optional<Identity> identity;
  struct Move {
    Micros moved_at = 0;
    std::string before, after;  // sources
  };
  std::vector<Move> moves;
  // Why the last refresh that looked at the artifact could not compare it: its path or its pin is gone, upstream did not answer.
  struct Trouble {
    Micros seen_at = 0;
    std::string why;
  };
  std::optional<Trouble> trouble;
  Moment as_of;
};

// At the context's point. kNotFound: no such artifact.
Result<SourceReport> ShowSource(const Context& context, const std::string& artifact);

struct AcceptReport {
  std::string artifact;
  std::string source;
  uint64_t repository_id = 0;
  std::string run_id;  // empty: nothing was written
};
// The next refresh takes what the other repository says. kConflict if there is none that waits to be accepted.
Result<AcceptReport> AcceptSource(const Context& context, const std::string& artifact);

}  // namespace skilltrail::refresh
