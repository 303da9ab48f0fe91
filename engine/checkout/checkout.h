// Checkout: the files of a commit as artifact contents. A few files come as single blobs, many as one tarball; either way every byte is
// proven by its git id before anybody sees it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"
#include "events/source.h"

namespace skilltrail::checkout {

// What upstream says a source's ref is, at one moment.
struct Listing {
  upstream::Repository repository;
  upstream::Commit commit;
  upstream::RemoteTree tree;  // recursive
};
// Three requests, one after the other. kNotFound names the repository or the ref.
Result<Listing> List(upstream::Upstream& upstream, const Source& source);

// The tree's entry at `path` ("" is the root, as a tree); nothing if there is none.
struct Place {
  std::string git_id;  // tree or blob id
  bool single_file = false;
};
std::optional<Place> Find(const upstream::RemoteTree& tree, std::string_view path);

struct Fetched {
  collection::Content content;
  std::string git_id;              // upstream's id of the path: tree or blob
  std::vector<std::string> notes;  // what was left out (a submodule, a link that leads out) or taken as its target
};
// The content at each path of the listing's commit; one result each, in order. Every file's git blob id is recomputed, and the tree id
// where the tree holds files only; a difference is kUpstream and that path has no content. Links to files inside the repository become
// files.
std::vector<Result<Fetched>> Fetch(upstream::Upstream& upstream, const Listing& listing, const std::vector<std::string>& paths);

}  // namespace skilltrail::checkout
