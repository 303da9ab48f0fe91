// Sync: brings content: chooses the bytes that a decision wants, and adds the events and the file work that put them in place.
#pragma once

#include <optional>

#include "engine/collection/content.h"
#include "engine/refresh/decide.h"
#include "engine/session/writing.h"

namespace skilltrail::refresh {

// The content that is to stand, and what of it came from upstream.
struct Delivery {
  collection::Content upstream;
  std::string git_id;  // upstream's
  std::string commit;
  std::optional<collection::Content> merged;  // with our edits on top; else upstream's stands as it is
  std::vector<std::string> notes;
};

// kConflict if the decision cannot be carried out: it wants what was not fetched because the artifact was another one then, or a merge is
// not clean, which names the files.
Result<Delivery> Deliver(const Shelf& shelf, const Ours& ours, const Facts& facts, Decision::Bring bring);

// Adds ContentChanged with the files that follow from it, and what the metadata file states besides the request's fields, which have been
// decided already.
Status Put(Writing& writing, const Shelf& shelf, const std::string& artifact, const Delivery& delivery, const RefreshRequest& request);

}  // namespace skilltrail::refresh
