// Ours: what the store knows of one artifact when it is compared with upstream: its state, and the content that last came from upstream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/collection/content.h"
#include "engine/deploy/copy.h"
#include "engine/projections/artifact_state.h"
#include "engine/projections/project_state.h"
#include "engine/refresh/facts.h"
#include "engine/store/blob_store.h"
#include "engine/store/event_log.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::refresh {

// A content that came from upstream.
struct Base {
  std::string git_id;
  Digest tree;
  std::string content_hash;
  std::string commit;
  bool proven = false;  // false: adopted, so that what upstream had at that commit is not known
};

struct Ours {
  projections::ArtifactState artifact;
  Base base;           // the last
  Stated stated;       // by the artifact's metadata file as it is; filled only where its content is not the base's
  Stated base_stated;  // by the base's
  schema::DriftType drift = schema::DriftType::unspecified;  // of the copy in the project that the request names
  bool identity_said = false;                                // its SourceIdentityChanged stands in the log already
};

// What an artifact's stream says of where its content and its source came from.
struct Origin {
  Base base;
  uint64_t identity_before = 0;  // of the last SourceIdentityChanged
  uint64_t identity_after = 0;
};
// A restored artifact has the base that it had when its content came; an edit in the collection or a pull from a project is no base.
Result<Origin> ReadOrigin(const store::EventLog& log, std::string_view collection, const projections::ArtifactState& artifact);

// Where the contents of a collection's artifacts are found: as blobs, or, where an edit was captured by a command that writes nothing, on
// disk.
struct Shelf {
  std::string collection;
  std::filesystem::path dir;
  const store::BlobStore& blobs;
};
Result<collection::Content> ReadTree(const Shelf& shelf, const projections::ArtifactState& artifact, const Digest& tree);
// What the metadata file in that tree states; nothing if there is none.
Result<Stated> ReadStated(const Shelf& shelf, const projections::ArtifactState& artifact, const Digest& tree);
Stated StatedBy(ArtifactType type, const collection::Content& content);

// The artifact as it is, compared with what upstream says of it. The stream is read only where the content differs from upstream's or the
// repository is another one.
Result<Ours> ReadOurs(const store::EventLog& log, const Shelf& shelf, const projections::ArtifactState& artifact, const Facts& facts);

// The drift of the artifact's copy in a project, whose `copies` they are: conflict before modified before the others, if it is deployed
// there more than once.
Result<schema::DriftType> ReadDrift(deploy::ProjectCopies& copies, const projections::ProjectState& project, const Shelf& shelf,
                                    const projections::ArtifactState& artifact);

Digest TreeOf(const projections::ArtifactState& artifact);
// True if the artifact is kept as one file rather than a directory.
bool IsOneFile(const projections::ArtifactState& artifact);

}  // namespace skilltrail::refresh
