#include "engine/projections/state_memory.h"

namespace skilltrail::projections {

StateMemory::Remembered& StateMemory::Of(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto found = states_.find(name);
  if (found == states_.end()) found = states_.emplace(std::string(name), std::make_unique<Remembered>()).first;
  return *found->second;
}

Result<bool> StateMemory::Collection(std::string_view name, Seq at, const Load& load, const Advance& advance, const Use& use) {
  Remembered& remembered = Of(name);
  while (true) {
    {
      const std::shared_lock lock(remembered.mutex);
      if (remembered.state && remembered.state->seq() == at) {
        use(*remembered.state);
        return true;
      }
      if (remembered.state && remembered.state->seq() > at) return false;
    }
    const std::lock_guard lock(remembered.mutex);
    if (!remembered.state) remembered.state = load();
    if (remembered.state->seq() >= at) continue;  // somebody else was faster, or it begins there
    if (Status advanced = advance(*remembered.state); !advanced.ok()) {
      remembered.state.reset();  // half brought on, it is of no sequence
      return advanced.error();
    }
  }
}

template <class List, class Fold>
Result<List> StateMemory::Keep(At<List>& kept, Seq at, const Fold& fold) {
  {
    const std::lock_guard lock(mutex_);
    if (kept.list && kept.seq == at) return *kept.list;
  }
  // Two that ask at once both fold; either result is the right one.
  ASSIGN_OR_RETURN(List list, fold());
  const std::lock_guard lock(mutex_);
  if (!kept.list || kept.seq < at) kept = {at, list};
  return list;
}

Result<std::map<std::string, CollectionInfo>> StateMemory::Collections(
    Seq at, const std::function<Result<std::map<std::string, CollectionInfo>>()>& fold) {
  return Keep(collections_, at, fold);
}

Result<std::vector<SnapshotInfo>> StateMemory::Snapshots(Seq at, const std::function<Result<std::vector<SnapshotInfo>>()>& fold) {
  return Keep(snapshots_, at, fold);
}

}  // namespace skilltrail::projections
