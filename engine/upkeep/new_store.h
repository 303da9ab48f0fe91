// NewStore: a store that is made beside and appears whole: built in a directory next to its place, synced, then renamed.
#pragma once

#include <filesystem>

#include "events/result.h"

namespace skilltrail::upkeep {

class NewStore {
 public:
  // `target` must be absent or an empty directory: else kConflict. What an earlier attempt left beside it is removed.
  static Result<NewStore> Begin(const std::filesystem::path& target);
  // Removes what was built, unless it has been finished.
  ~NewStore();
  NewStore(NewStore&& other) noexcept;
  NewStore& operator=(NewStore&&) = delete;

  // Where to build it.
  const std::filesystem::path& dir() const { return dir_; }
  // Copies config.toml and the collections that stand inside the store `from`; what is not there is passed over.
  Status CopyFiles(const std::filesystem::path& from) const;
  // Syncs all of it and gives it its place.
  Status Finish();

 private:
  NewStore(std::filesystem::path target, std::filesystem::path dir) : target_(std::move(target)), dir_(std::move(dir)) {}
  std::filesystem::path target_;
  std::filesystem::path dir_;  // empty: finished, or moved from
};

}  // namespace skilltrail::upkeep
