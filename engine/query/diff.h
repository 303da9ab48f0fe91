// Diff: what differs between two points, between the log and the disk, or between a project's copies and what was agreed there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/tree.h"
#include "engine/session/reading.h"
#include "events/result.h"

namespace skilltrail::query {

struct DiffValue {
  bool present = false;  // false: null
  std::string text;
  std::optional<std::vector<std::string>> list;  // of tags
  bool operator==(const DiffValue&) const = default;
};
struct FieldDiff {
  std::string field;
  DiffValue before, after;
};
struct FileDiff {
  std::string path;  // in the artifact
  collection::FileChange::Kind kind = collection::FileChange::Kind::kModified;
  size_t lines_added = 0, lines_removed = 0;  // of a text, if the request counts or wants content
  std::string unified;                        // if it wants content
};
struct ArtifactDiff {
  std::string artifact;
  std::string change;             // "added", "removed", "changed"
  std::string side;               // of a project: "collection" or "project", against what was agreed; else empty
  std::vector<FieldDiff> fields;  // sorted by field
  std::vector<FileDiff> files;    // sorted by path
};

struct DiffRequest {
  std::string from, to;                // POINT; both empty: what is on disk and not captured, against the head; `to` empty: the head
  std::vector<std::string> artifacts;  // empty: all
  std::filesystem::path project;       // absolute: baseline, collection and project there; then no points
  bool count = false;                  // count lines
  bool content = false;                // unified text
};
struct DiffReport {
  std::optional<Moment> from;  // nothing: what was agreed, of a project
  std::optional<Moment> to;    // nothing: the disk
  std::string collection;      // empty: several
  std::filesystem::path project;
  std::vector<ArtifactDiff> artifacts;  // sorted by artifact; only those that differ
  std::vector<std::string> notes;
};
// kNotFound: no such artifact at either point; nothing is deployed in the project. Writes nothing. The context's --at stands for `to`.
Result<DiffReport> Diff(const Context& context, const DiffRequest& request);

// The fields that differ, but for those that say when and the names of the content. A set of tags that differs while the effective tags
// do not is named too. Null: absent.
std::vector<FieldDiff> CompareFields(const projections::ArtifactState* before, const projections::ArtifactState* after);

}  // namespace skilltrail::query
