// Candidate: an artifact that is about to be added, with its content, from upstream or from disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkout/checkout.h"
#include "engine/collection/artifact_kind.h"
#include "engine/collection/content.h"
#include "engine/collection/provenance.h"
#include "engine/curate/curate.h"
#include "engine/upstream/upstream.h"
#include "events/source.h"

namespace skilltrail::curate {

struct Candidate {
  ArtifactId id;
  std::string source;  // owner/repo/path[@ref]; empty: a local path
  std::string said;    // the source as it was given, for messages
  collection::Content content;
  std::string git_id;        // upstream's; empty: a local one
  std::string version_spec;  // "latest", or the ref as asked for
  std::string commit;
  upstream::Repository repository;                   // of an upstream one
  std::optional<collection::Provenance> provenance;  // of a local one that another installer brought
  std::vector<std::string> notes;
  std::optional<Error> error;  // set: nothing of it can be added
};

// Of a source of which nothing could be learned.
Candidate Failed(const std::string& said, Error error);

// For `add --all`.
Error NothingFound(const std::string& said, const AddRequest& request);

// The address of a SKILL.md, as a browser shows it, means the skill that it makes of its folder.
void NameTheFolder(Source& source, const AddRequest& request);
// The artifacts that the request means by that source. kNotFound, kUsage: there are none.
Result<std::vector<collection::Found>> Choose(const checkout::Listing& listing, const Source& source, const AddRequest& request,
                                              const std::string& said);
// One of them, with its content or why it did not come.
Candidate FromListing(const checkout::Listing& listing, Source source, const std::string& said, const collection::Found& found,
                      Result<checkout::Fetched> fetched);
// All that a path on disk holds.
std::vector<Candidate> FromDisk(const AddRequest& request, const std::string& said);

// The type of an artifact with these files: as asked for, else as its files say. kUsage with what is missing, and with the artifacts
// that stand below if there are any.
Result<ArtifactType> TypeOf(const std::vector<std::string>& files, bool single_file, const std::string& path, const AddRequest& request);
// The name: as asked for, else the last component of `path` without .md, else `otherwise`.
Result<ArtifactId> NameOf(ArtifactType type, const std::string& path, const std::string& otherwise, const AddRequest& request);

}  // namespace skilltrail::curate
