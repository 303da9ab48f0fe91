// Listing: the files of one commit of a repository, as far as upstream has listed them. GitHub cuts the listing of a large tree; what is
// missing then is listed by subtree.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/checkout/checkout.h"
#include "events/id.h"

namespace skilltrail::refresh {

class Listing {
 public:
  // The commit's own listing.
  explicit Listing(checkout::Listing whole);
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  const checkout::Listing& whole() const { return whole_; }

  // What is still to be listed before Find(path), and the files below it, can be relied on.
  struct Missing {
    std::string path;  // a directory
    std::string tree;  // its git tree id; empty: the listing was cut where nothing can be asked for
  };
  std::optional<Missing> MissingFor(std::string_view path) const;
  // Takes in the listing of the directory at `path`.
  void Add(const std::string& path, const upstream::RemoteTree& tree);

  // Nothing if there is no file or directory at that path.
  std::optional<checkout::Place> Find(std::string_view path) const;
  // The entry of the metadata file of the artifact of that type at `path`; null if it has none.
  const upstream::RemoteEntry* MetadataFile(ArtifactType type, std::string_view path) const;

 private:
  const upstream::RemoteEntry* EntryAt(std::string_view path) const;

  checkout::Listing whole_;
  std::unordered_map<std::string, size_t> by_path_;
  std::set<std::string, std::less<>> listed_;  // directories whose listing was added
};

}  // namespace skilltrail::refresh
