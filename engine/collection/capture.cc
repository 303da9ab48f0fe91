#include "engine/collection/capture.h"

#include <fmt/format.h>

#include <algorithm>

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

Result<Content> LoadContent(const Tree& tree, bool single_file, const store::BlobStore& blobs, const Content* like) {
  Content content;
  content.single_file = single_file;
  for (const auto& entry : tree.entries) {
    const File* same = nullptr;
    if (like != nullptr) {
      const auto of_path = std::find_if(like->files.begin(), like->files.end(), [&](const File& file) { return file.path == entry.path; });
      if (of_path != like->files.end() && of_path->bytes.size() == entry.size && Sha256(of_path->bytes) == entry.digest) same = &*of_path;
    }
    if (same != nullptr) {
      content.files.push_back({entry.path, entry.executable, same->bytes});
      continue;
    }
    ASSIGN_OR_RETURN(std::string bytes, blobs.Get(entry.digest));
    content.files.push_back({entry.path, entry.executable, std::move(bytes)});
  }
  return content;
}

}  // namespace skilltrail::collection
