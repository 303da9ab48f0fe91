// Capture: records what people did on disk since the log last looked: edited, new and deleted artifacts, and edits of collection.toml. Runs
// before every command that compares or writes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/collection/looks.h"
#include "engine/collection/provenance.h"
#include "engine/collection/tree.h"
#include "engine/session/writing.h"

namespace skilltrail {

struct CapturedChange {
  std::string artifact;
  std::string change;  // "added", "removed", "changed"
  std::vector<collection::FileChange> files;
};

struct CaptureReport {
  std::string collection;
  std::vector<CapturedChange> changes;      // sorted by artifact
  std::vector<std::string> notes;           // what stands in the folders and is no artifact, and why
  std::map<std::string, Error> unreadable;  // artifacts that nobody knows of whether they were edited; of CaptureReadable
};

// Adds ArtifactAdded, ArtifactRemoved, ContentChanged, MetadataEdited and TagsEdited (causes local_edit and front_matter) for every
// difference between the collection's state and its directory. Deleted means ENOENT while the root and the folder could be listed; an
// unreadable directory or file is kFailed naming it, an unsettled file kConflict, and nothing was added. What was captured is a run of its
// own, appended with what follows: undoing a command does not take back the edits that it found.
Result<CaptureReport> Capture(Writing& writing, std::string_view collection);
// The same for a command that brings back what is gone: a folder, or the whole directory, that is not there was deleted too.
Result<CaptureReport> CaptureGone(Writing& writing, std::string_view collection);
// The same with the looks of a caller who has asked for more, and gone on where an artifact cannot be read: it stays as the log has it.
Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view collection, collection::Looks& looks);
// The same with the looks that LooksFor made for it: kept, and what is unreadable is in the notes too.
Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view collection, collection::Looks&& looks);
// The same with looks of its own, and its notes are the writing's.
Result<CaptureReport> CaptureReadable(Writing& writing, std::string_view collection);
// For a command that is about this artifact: why it could not be read.
Status CheckReadable(const CaptureReport& captured, const std::string& artifact);
// For a caller who knows where the collection stands before it has the lock, and looks ahead: what is seen as it was needs no second look.
collection::Looks LooksFor(const Context& context);
// Names everything that a capture of the collection will look at.
Status WantCapture(Writing& writing, std::string_view collection, collection::Looks& looks);
// The same as Capture for one artifact that the collection knows.
Status CaptureArtifact(Writing& writing, std::string_view collection, const std::string& artifact);

// The record of an artifact that is new in a collection: origin local, the fields that its own metadata file states, no tags (they come as
// events of their own, so that each has its provenance).
projections::ArtifactState MakeRecord(const ArtifactId& id, const std::string& path, const collection::Content& content,
                                      const collection::Version& version);

// Fills in where another installer says that it came from; what the record knows of a source stays, and what came from a marketplace.
void RecordProvenance(projections::ArtifactState& record, const collection::Provenance& provenance);

// Adds the events that follow from an artifact's own metadata file once its content is `content`: stated fields, and the front matter's
// tags. Used wherever content changes (capture, add, sync). `before`: the content that was edited, whose words say nothing new: a refresh
// may have learned better since. Null: all that `content` states counts.
void AddStatedMetadata(Writing& writing, std::string_view collection, const projections::ArtifactState& artifact,
                       const collection::Content& content, const collection::Content* before = nullptr);
// Only the tags of it.
void AddStatedTags(Writing& writing, std::string_view collection, const projections::ArtifactState& artifact,
                   const collection::Content& content);

}  // namespace skilltrail
