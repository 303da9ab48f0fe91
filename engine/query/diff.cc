#include "engine/query/diff.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/query/artifact_diff.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"

namespace skilltrail::query {
namespace {

using projections::ArtifactState;
using projections::CollectionState;

Result<std::set<std::string>> Chosen(const CollectionState& before, const CollectionState& after,
                                     const std::vector<std::string>& artifacts) {
  std::set<std::string> ids;
  if (artifacts.empty()) {
    for (const auto* state : {&before, &after}) {
      for (const auto* one : state->artifacts()) ids.insert(one->id);
    }
  }
  for (const auto& artifact : artifacts) {
    auto found = Reading::Find(after, artifact);
    if (!found.ok()) {
      auto then = Reading::Find(before, artifact);
      if (!then.ok()) return found.error();
      found = std::move(then);
    }
    ids.insert(*found);
  }
  return ids;
}

Status Compare(const DiffRequest& request, const CollectionState& before, const CollectionState& after, const DiffSide& before_side,
               const DiffSide& after_side, DiffReport& report) {
  ASSIGN_OR_RETURN(const auto ids, Chosen(before, after, request.artifacts));
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(auto diff, DiffArtifact(id, before_side, after_side, {request.count, request.content}));
    if (diff) report.artifacts.push_back(std::move(*diff));
  }
  return {};
}

Result<DiffReport> DiffPoints(const Context& context, const DiffRequest& request) {
  ASSIGN_OR_RETURN(const auto reading, Reading::Open(context));
  DiffReport report;
  ASSIGN_OR_RETURN(report.from, reading->Resolve(request.from));
  ASSIGN_OR_RETURN(report.to, reading->Resolve(request.to.empty() ? context.at : request.to));
  // A snapshot on one side says which collection is meant on the other.
  const std::string& of_from = report.from->collection.empty() ? report.to->collection : report.from->collection;
  const std::string& of_to = report.to->collection.empty() ? report.from->collection : report.to->collection;
  ASSIGN_OR_RETURN(const CollectionState before, reading->CollectionState(of_from, *report.from));
  ASSIGN_OR_RETURN(const CollectionState after, reading->CollectionState(of_to, *report.to));
  if (before.name() == after.name()) report.collection = after.name();
  RETURN_IF_ERROR(Compare(request, before, after, BlobSide(*reading, before), BlobSide(*reading, after), report));
  return report;
}

// The bytes of a file that was captured for the look only, and so is on disk and nowhere else.
Result<std::string> BytesOnDisk(const std::filesystem::path& dir, const ArtifactState& artifact, const collection::TreeEntry& entry) {
  ASSIGN_OR_RETURN(const collection::Content content, collection::ReadArtifact(dir, artifact.path));
  for (const auto& file : content.files) {
    if (file.path == entry.path && Sha256(file.bytes) == entry.digest) return file.bytes;
  }
  return Error{Code::kConflict, fmt::format("{} changes while it is compared", (dir / artifact.path / entry.path).string()), "try again"};
}

Result<DiffReport> DiffDisk(const Context& context, const DiffRequest& request) {
  Context looking = context;
  looking.dry_run = true;
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(looking));
  const Reading& reading = writing->reading();
  DiffReport report;
  ASSIGN_OR_RETURN(report.from, reading.Resolve(""));
  ASSIGN_OR_RETURN(const CollectionState before, reading.CollectionState("", *report.from));
  ASSIGN_OR_RETURN(CaptureReport captured, Capture(*writing, before.name()));
  ASSIGN_OR_RETURN(const CollectionState* const after, writing->Collection(before.name()));
  report.collection = before.name();
  report.notes = std::move(captured.notes);
  const auto dir = reading.DirectoryOf(before);
  DiffSide disk{[&](const std::string& id) { return after->Find(id); },
                [&](const ArtifactState& artifact) { return writing->TreeOf(DigestFromBytes(artifact.tree.data(), artifact.tree.size())); },
                [&](const ArtifactState& artifact, const collection::TreeEntry& entry) -> Result<std::string> {
                  ASSIGN_OR_RETURN(const bool kept, reading.blobs().Has(entry.digest));
                  return kept ? reading.blobs().Get(entry.digest) : BytesOnDisk(dir, artifact, entry);
                }};
  RETURN_IF_ERROR(Compare(request, before, *after, BlobSide(reading, before), disk, report));
  return report;
}

}  // namespace

Result<DiffReport> Diff(const Context& context, const DiffRequest& request) {
  if (!request.project.empty()) return DiffProject(context, request);
  return request.from.empty() ? DiffDisk(context, request) : DiffPoints(context, request);
}

}  // namespace skilltrail::query
