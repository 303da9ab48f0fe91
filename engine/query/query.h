// Query: reading answers: artifacts, tags, files, status, at any point.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/curate/curate.h"
#include "engine/projections/state_reader.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::query {

struct ListRequest {
  std::vector<ArtifactType> types;  // empty: all
  std::string tag;                  // among the effective tags
  std::string name_glob;
  std::string after;            // an id: only those behind it, in the order of ids
  std::optional<size_t> limit;  // at most so many
};
struct ListReport {
  std::string collection;
  std::vector<projections::ArtifactState> artifacts;  // sorted by id
  size_t matched = 0;                                 // with those that `after` and `limit` leave out
  bool more = false;                                  // `limit` has left some out
  Moment as_of;
};
Result<ListReport> List(Reading& reading, const ListRequest& request);

struct ShowReport {
  std::string collection;
  projections::ArtifactState artifact;
  Moment as_of;
};
Result<ShowReport> Show(Reading& reading, const std::string& artifact);

// The bytes of one file of the artifact at that point; without `path` its metadata file (SKILL.md, the command's file, ...). kNotFound
// names the nearest path.
Result<std::string> Cat(Reading& reading, const std::string& artifact, const std::string& path);

Result<std::vector<curate::CollectionReport>> Collections(Reading& reading);
Result<curate::CollectionReport> ShowCollection(Reading& reading, const std::string& name);

struct TagView {
  std::string tag;
  std::string provenance;  // "imported", "user", "front_matter", "hidden"; the first that applies
  std::string artifact;    // of --all: empty, and `count` says how many artifacts carry it
  size_t count = 0;
  Seq seq = 0;  // the event that brought it; 0 for --all
  Micros recorded_at = 0;
  // Of --all: the first and the last event that brought the tag to an artifact of the collection, whether that one has it still or not: an
  // import or an edit that added it, an addition or a restore that carried it.
  Seq first_seq = 0, last_seq = 0;
  Micros first_at = 0, last_at = 0;
};
struct TagsReport {
  std::string artifact;       // empty for --all
  std::vector<TagView> tags;  // sorted by tag
  Micros tags_imported_at = 0, tags_checked_at = 0;
  Moment as_of;
};
Result<TagsReport> Tags(Reading& reading, const std::string& artifact);
// Every tag that an artifact of the collection has.
Result<TagsReport> AllTags(Reading& reading);
struct TagHistoryReport {
  std::string artifact;
  struct Entry {
    projections::TagChange change;
    std::string actor;
  };
  std::vector<Entry> history;  // oldest first
};
Result<TagHistoryReport> TagHistory(Reading& reading, const std::string& artifact);

struct StatusReport {
  std::filesystem::path store;
  std::string collection;
  std::filesystem::path path;
  Seq head = 0;
  Micros head_logged_at = 0;
  std::map<std::string, size_t> by_type;
  size_t artifact_count = 0;
  std::vector<CapturedChange> uncaptured;  // edits on disk that the log has not seen
  std::vector<std::string> notes;          // incl. what could not be read

  Micros last_refreshed_at = 0;  // the newest artifact's
  struct Refresh {
    Seq seq = 0;
    Micros recorded_at = 0;
    schema::RefreshMode mode = schema::RefreshMode::unspecified;
    uint32_t total = 0, refreshed = 0, unchanged = 0, skipped = 0, errors = 0;
    std::optional<int64_t> rate_limit_remaining;  // as upstream said at its end
  };
  std::optional<Refresh> last_refresh;
  // What refreshes have seen upstream and nobody has taken since.
  struct Update {
    std::string artifact, current_sha, upstream_sha;
    Micros seen_at = 0;
  };
  std::vector<Update> updates;  // sorted by artifact

  struct Project {
    std::filesystem::path path;
    bool exists = true;  // a directory, now
    size_t deployments = 0;
    std::map<std::string, size_t> open_drift;  // by type, as the last check found it
  };
  std::vector<Project> projects;  // sorted by path
  size_t deployments = 0;
  size_t open_drift = 0;
};
// At a point in the past without what is on disk: that is of now. Takes no lock and writes nothing.
Result<StatusReport> StatusOf(const Context& context);

}  // namespace skilltrail::query
