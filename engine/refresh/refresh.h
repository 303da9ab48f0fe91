// Refresh: asks upstream what became of each artifact's source, decides (pure), records. Network before lock.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/context.h"
#include "engine/upstream/upstream.h"
#include "events/id.h"
#include "events/result.h"
#include "schema/events_generated.h"

namespace skilltrail::refresh {

// description, author, license, tags, origin_source.
const std::vector<std::string>& FieldNames();

struct RefreshRequest {
  schema::RefreshMode mode = schema::RefreshMode::metadata_only;
  std::vector<std::string> artifacts;  // empty: all
  std::vector<ArtifactType> types;     // empty: all
  std::string name_glob;
  std::vector<std::string> fields;  // empty: all; an unknown one is kUsage with the nearest
  std::filesystem::path project;    // its drift decides between safe_update, review_required and conflict
  bool overwrite = false;           // --sync over a local edit, which is captured first
  bool merge = false;
  // How often a long refresh records what it has learned so far, at most: with each goes a capture of the whole collection. 0: after every
  // batch of repositories.
  std::chrono::milliseconds record_every{2'000};
};

// A field's value: text, or the list of tags.
struct FieldValue {
  std::string text;
  std::optional<std::vector<std::string>> list;
  bool present = true;  // false: null
};
enum class EntryStatus { kRefreshed, kUnchanged, kSkipped, kError };
struct Entry {
  std::string artifact;
  EntryStatus status = EntryStatus::kUnchanged;
  std::vector<std::string> changes;  // fields, sorted; "content" for a sync that brought files
  std::map<std::string, FieldValue> old_values, new_values;
  std::string error;          // of kError
  Code code = Code::kFailed;  // of kError
  std::string reason;         // of kSkipped
  bool local = false;         // it has no source: upstream was not asked about it
  bool covered = false;       // its fields and tags were compared, whatever became of its content
  int64_t duration_ms = 0;
  Micros tags_imported_at = 0;
  bool update_available = false;
  std::string current_sha;                   // the commit our content came from; after a sync that brought it, the new one
  std::string brought_from;                  // the one before that
  std::string upstream_sha;                  // the commit that the source's ref names now
  std::string merge_strategy = "no_update";  // no_update, safe_update, review_required, conflict
};

struct RefreshReport {
  std::string collection;
  std::string run_id;  // empty: nothing was written
  std::string status;  // completed, partial, failed
  Micros timestamp = 0;
  schema::RefreshMode mode = schema::RefreshMode::metadata_only;
  bool dry_run = false;
  std::vector<Entry> entries;  // sorted by artifact
  int64_t requests_sent = 0, requests_not_modified = 0;
  upstream::Ledger rate_limit;  // its limit as upstream last said
  int64_t duration_ms = 0;
  std::vector<std::string> notes;

  size_t Count(EntryStatus wanted) const;
  double success_rate() const;  // CONTRACT: two decimals, 0.0 for an empty run
};

// Artifacts without a source are skipped with the reason "local artifact". kNotFound for an artifact or collection that is not there.
Result<RefreshReport> Refresh(const Context& context, upstream::Upstream& upstream, const RefreshRequest& request);
// With an upstream that is opened, by a thread of its own, while the store is read. The opener's error comes before any other.
using OpenUpstream = std::function<Result<std::unique_ptr<upstream::Upstream>>()>;
Result<RefreshReport> Refresh(const Context& context, const OpenUpstream& open, const RefreshRequest& request);

// CONTRACT's document; also what the report blob of RefreshCompleted holds.
std::string ReportJson(const RefreshReport& report);

}  // namespace skilltrail::refresh
