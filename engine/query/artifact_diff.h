// ArtifactDiff between two states, with the bytes of their files. Inner to this room.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/collection/content.h"
#include "engine/query/diff.h"

namespace skilltrail::query {

// One side of a comparison: artifacts, and how their files are read.
struct DiffSide {
  std::function<const projections::ArtifactState*(const std::string&)> find;
  std::function<Result<collection::Tree>(const projections::ArtifactState&)> tree;
  std::function<Result<std::string>(const projections::ArtifactState&, const collection::TreeEntry&)> bytes;
};
// A side whose trees and files are blobs.
DiffSide BlobSide(const Reading& reading, const projections::CollectionState& state);

struct DiffWants {
  bool count = false;
  bool content = false;
};
// Nothing if they do not differ.
Result<std::optional<ArtifactDiff>> DiffArtifact(const std::string& id, const DiffSide& before, const DiffSide& after, DiffWants wants);

// The files of two contents; an absent one holds none. `shown` says what the unified text calls a file.
std::vector<FileDiff> DiffContents(const std::function<std::string(const std::string& path)>& shown, const collection::Content* before,
                                   const collection::Content* after, DiffWants wants);

// Baseline, collection and project of one project's deployments (project_diff.cc).
Result<DiffReport> DiffProject(const Context& context, const DiffRequest& request);

}  // namespace skilltrail::query
