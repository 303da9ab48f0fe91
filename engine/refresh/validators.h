// Validators: what upstream said before, with the validator that says whether it still does, in the store's cache.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/store/cache_store.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::refresh {

// Reads from one view of the store, and holds what is new until a writer takes it.
class Validators final : public upstream::ValidatorCache {
 public:
  explicit Validators(Micros now) : now_(now) {}

  // Where Find looks from here on; null: only in what is held. Not owned.
  void ReadFrom(const store::CacheStore* cache) { cache_ = cache; }
  std::optional<Entry> Find(const std::string& key) override;
  void Keep(const std::string& key, Entry entry) override;

  // Writes what is held, and once a day drops what no refresh has used for a month.
  Status WriteTo(store::CacheStore& cache);

 private:
  Micros now_;
  const store::CacheStore* cache_ = nullptr;
  std::map<std::string, Entry> held_;
};

}  // namespace skilltrail::refresh
