// Limits: what upstream last said of how much may be asked, in the store's cache, by host and token. Shown, never obeyed: a token
// may have been exchanged since.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/store/cache_store.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::refresh {

struct KnownLimit {
  std::string host;
  std::string token;      // its fingerprint; empty: asked without one
  int64_t limit = 0;      // requests an hour
  int64_t remaining = 0;  // of them, when it was said
  Micros reset_at = 0;
  Micros said_at = 0;
};

// Nothing where upstream has said nothing.
Status KeepLimit(store::CacheStore& cache, const upstream::Ledger& ledger, Micros now);
// In order of host and token. What can't be read is as good as nothing.
std::vector<KnownLimit> ReadLimits(const store::CacheStore& cache);

}  // namespace skilltrail::refresh
