// Drift: the three-way comparison of baseline, collection copy and project copy (INTEROP section 3), and its life in the log.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/session/context.h"
#include "events/result.h"
#include "schema/events_generated.h"

namespace skilltrail::deploy {

// One side's hash: there (64 hex digits), absent, or not to be read.
struct Side {
  enum class State { kThere, kAbsent, kUnknown } state = State::kAbsent;
  std::string hash;
  std::string error;  // of kUnknown
};
struct Verdict {
  schema::DriftType type = schema::DriftType::unspecified;  // unspecified: in sync, or converged
  bool converged = false;
  std::string recommendation;
  std::string change_origin;  // empty: null
};
// The table. Pure.
Verdict Classify(const std::string& baseline, const Side& collection, const Side& project);

struct DriftEntry {
  std::string artifact;
  std::string collection;
  std::string profile_root;  // empty: it is deployed nowhere
  Verdict verdict;
  std::string collection_sha, project_sha, baseline_hash, current_hash;  // empty: null
  std::string error;                                                     // of unknown
  Micros modification_detected_at = 0;
  Micros last_deployed = 0;
  Micros tags_imported_at = 0;
  bool has_tag_changes = false;                       // false: null
  std::vector<std::string> tags_added, tags_removed;  // since the deployment
  struct Field {
    std::string field, before, after;
  };
  std::vector<Field> fields;  // of the front matter, against the baseline
  std::vector<collection::FileChange> files;
};
struct DriftReport {
  std::filesystem::path project;
  std::string collection;
  Micros checked_at = 0;
  size_t total_artifacts = 0;
  std::vector<DriftEntry> entries;  // sorted by artifact; in sync ones are not listed
  std::string run_id;
  std::vector<std::string> notes;  // incl. "not recorded" if the lock could not be had
  size_t Count(schema::DriftType type) const;
  size_t drifted() const;  // all but added and unknown
};
struct DriftRequest {
  std::vector<std::filesystem::path> projects;  // absolute
  bool all = false;                             // every project the log knows
  bool rehash = false;
};
// kNotFound for a path that does not exist. Captures the collection, appends transitions only; if the lock can't be had it reports and
// records nothing.
Result<std::vector<DriftReport>> Drift(const Context& context, const DriftRequest& request);

}  // namespace skilltrail::deploy
