// Capture: from disk into the blob store and back, and what stands in a collection's directory.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "engine/collection/tree.h"
#include "engine/store/blob_store.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::collection {

// Puts every file's bytes and the encoded tree into the blob store; durable after the caller's Sync. kUsage naming the path if the content
// cannot be a tree (CheckTree): nothing was put.
Result<Version> Keep(const Content& content, store::BlobStore& blobs);
// kCorrupt naming the digest if it is missing, damaged or no tree.
Result<Tree> LoadTree(const Digest& digest, const store::BlobStore& blobs);
// Files that `like` has in the same bytes are taken from there; it may be null.
Result<Content> LoadContent(const Tree& tree, bool single_file, const store::BlobStore& blobs, const Content* like = nullptr);

struct FoundOnDisk {
  ArtifactId id;
  std::string path;     // relative to the collection, as CollectionPath gives it ("commands/review" for a command kept as a directory)
  std::string problem;  // why it is no artifact; empty: it is one
};
// Everything that stands one level deep in the folders skills/, commands/, agents/, hooks/, mcp/, workflows/ and composites/ (exactly these
// names) of a collection, sorted by id and path; hidden names, documentation beside commands and agents, and empty directories are passed
// over, and so is what stands at a path of `known`. A folder that is not there holds nothing. kFailed naming the directory if the
// collection or one of the folders cannot be listed.
Result<std::vector<FoundOnDisk>> ListCollection(const std::filesystem::path& dir, const std::set<std::string, std::less<>>& known = {});

// The content of an artifact that is known to stand at `relative` in the collection. kNotFound only if it was deleted: its path is ENOENT
// while the collection and the folder that holds it can be listed. If either cannot, because it is unreadable or gone (an unmounted
// disk), nobody knows, and that is kFailed naming the directory. Other errors as ReadContent.
Result<Content> ReadArtifact(const std::filesystem::path& dir, std::string_view relative);

}  // namespace skilltrail::collection
