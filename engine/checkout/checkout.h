// Checkout: the files of a commit as artifact contents: what there is. fetching.h brings it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "engine/upstream/inquiry.h"
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
// Three questions, one after the other; many listings can be on their way in one inquiry, whose Run calls `then`. kNotFound names the
// repository or the ref. The inquiry outlives the call of `then`.
using Listed = std::function<void(Result<Listing>)>;
void List(upstream::Inquiry& inquiry, const Source& source, const Listed& then);

// The tree's entry at `path` ("" is the root, as a tree); nothing if there is none.
struct Place {
  std::string git_id;  // tree or blob id
  bool single_file = false;
};
std::optional<Place> Find(const upstream::RemoteTree& tree, std::string_view path);
// The entry itself, of any mode; null if there is none.
const upstream::RemoteEntry* EntryAt(const upstream::RemoteTree& tree, std::string_view path);

struct Fetched {
  collection::Content content;
  std::string git_id;              // upstream's id of the path: tree or blob
  std::vector<std::string> notes;  // what was left out (a submodule, a link that leads out) or taken as its target
};
}  // namespace skilltrail::checkout
