// StateMemory: what a long-lived reader keeps between questions about the head: collections' states, brought forward by the new events
// alone, and the small lists. It answers for one sequence at a time and never for an earlier one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/catalog.h"
#include "engine/projections/collection_state.h"
#include "events/result.h"

namespace skilltrail::projections {

// Thread-safe; for readers of one log, which may have opened it at different heads.
class StateMemory {
 public:
  using Load = std::function<CollectionState()>;
  using Advance = std::function<Status(CollectionState&)>;
  using Use = std::function<void(const CollectionState&)>;

  // Calls `use` with the collection's settled state at `at`. `load` begins one, `advance` brings one on to `at`; each is called alone.
  // False if the memory is past `at` already. After an error of `advance`, which comes back, the collection is forgotten.
  Result<bool> Collection(std::string_view name, Seq at, const Load& load, const Advance& advance, const Use& use);

  Result<std::map<std::string, CollectionInfo>> Collections(Seq at,
                                                            const std::function<Result<std::map<std::string, CollectionInfo>>()>& fold);
  Result<std::vector<SnapshotInfo>> Snapshots(Seq at, const std::function<Result<std::vector<SnapshotInfo>>()>& fold);

 private:
  struct Remembered {
    std::shared_mutex mutex;
    std::optional<CollectionState> state;
  };
  template <class List>
  struct At {
    Seq seq = 0;
    std::optional<List> list;
  };
  Remembered& Of(std::string_view name);
  template <class List, class Fold>
  Result<List> Keep(At<List>& kept, Seq at, const Fold& fold);

  std::mutex mutex_;  // of what follows; not of the states
  std::map<std::string, std::unique_ptr<Remembered>, std::less<>> states_;
  At<std::map<std::string, CollectionInfo>> collections_;
  At<std::vector<SnapshotInfo>> snapshots_;
};

}  // namespace skilltrail::projections
