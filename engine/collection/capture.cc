#include "engine/collection/capture.h"

#include <fmt/format.h>

namespace skilltrail::collection {

Result<Version> Keep(const Content& content, store::BlobStore& blobs) {
  Version version = Describe(content);
  RETURN_IF_ERROR(CheckTree(version.tree));
  for (const auto& file : content.files) RETURN_IF_ERROR(blobs.Put(file.bytes));
  RETURN_IF_ERROR(blobs.Put(version.tree.Encode()));
  return version;
}

Result<Tree> LoadTree(const Digest& digest, const store::BlobStore& blobs) {
  ASSIGN_OR_RETURN(const std::string bytes, blobs.Get(digest));
  auto tree = DecodeTree(bytes);
  if (!tree.ok()) return Error{Code::kCorrupt, fmt::format("blob {}: {}", digest.hex(), tree.error().message), {}};
  return tree;
}

Result<Content> LoadContent(const Tree& tree, bool single_file, const store::BlobStore& blobs) {
  Content content;
  content.single_file = single_file;
  for (const auto& entry : tree.entries) {
    ASSIGN_OR_RETURN(std::string bytes, blobs.Get(entry.digest));
    content.files.push_back({entry.path, entry.executable, std::move(bytes)});
  }
  return content;
}

}  // namespace skilltrail::collection
