// Facts: what upstream said of one artifact's source. What it did not say is not guessed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/checkout/checkout.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::refresh {

using Stated = std::map<std::string, std::string>;  // what an artifact's own metadata file states, by field

struct Facts {
  std::string source;          // that upstream was asked about
  std::optional<Error> error;  // set: nothing below was learned, except perhaps that the repository answered
  bool repository_answered = false;
  upstream::Repository repository;
  bool repository_only = false;          // nothing else was asked: the request wants nothing that stands in a commit
  std::string commit;                    // that the source's ref names
  std::optional<checkout::Place> place;  // of the source's path in that commit; nothing: it is gone
  std::string no_artifact;               // why what stands there is none any more; empty: it is one, as far as was looked
  Stated stated;                         // by the metadata file there
  // The path's git id in the commit that our base claims to come from; empty where that was not asked. Asked only of adopted artifacts.
  std::string id_at_base;
  std::optional<Result<checkout::Fetched>> content;  // of the path, where it was fetched
  int64_t duration_ms = 0;                           // from the start of the refresh to the last answer about it
};

}  // namespace skilltrail::refresh
