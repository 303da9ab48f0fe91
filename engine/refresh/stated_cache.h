// StatedCache: what the metadata files of a collection's artifacts state, in the store's cache: to get each tree's file out of the store
// and to parse it was a seventh of a refresh (bench/README.md).
//
//   value := artifacts x (text artifact, digest of its tree, u32 fields, fields x (text name, text value)), as in store/keys.h
#pragma once

#include <map>
#include <string>

#include "engine/projections/collection_state.h"
#include "engine/refresh/facts.h"
#include "engine/store/cache_store.h"
#include "events/digest.h"
#include "events/result.h"

namespace skilltrail::refresh {

class StatedCache {
 public:
  // Takes in what is known of the collection. A cache that cannot be read knows nothing.
  void ReadFrom(const store::CacheStore& cache, const std::string& collection);

  // What the artifact states with that tree; null if that is not known.
  const Stated* Find(const std::string& artifact, const Digest& tree) const;
  void Keep(const std::string& artifact, const Digest& tree, const Stated& stated);

  // Writes all of it if something was kept, without the artifacts that the collection has no more.
  Status WriteTo(store::CacheStore& cache, const projections::CollectionState& state);

 private:
  struct Known {
    Digest tree;
    Stated stated;
  };
  std::map<std::string, Known> known_;  // by artifact
  bool changed_ = false;
};

}  // namespace skilltrail::refresh
