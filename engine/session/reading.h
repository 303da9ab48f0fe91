// Reading: a fixed view of the store for one command: points become sequences here, names become ids, collections become directories.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/state_reader.h"
#include "engine/session/context.h"
#include "engine/store/store.h"
#include "events/id.h"
#include "events/point.h"
#include "events/result.h"

namespace skilltrail {

// A point, resolved.
struct Moment {
  Seq seq = 0;
  Micros logged_at = 0;    // of that event; 0 for the empty state
  std::string collection;  // of a snapshot: the collection it implies; else empty
};

// Not thread-safe. The context must outlive it.
class Reading {
 public:
  // kNotFound if there is no store.
  static Result<std::unique_ptr<Reading>> Open(const Context& context);
  // A view through a store that is open already (a writer's own); the store must outlive it.
  // `memory` may be null; it outlives this too.
  Reading(const Context& context, store::Store& store, projections::StateMemory* memory = nullptr);
  ~Reading();

  const Context& context() const { return context_; }
  store::Store& store() { return *store_; }
  const store::EventLog& log() const;
  const store::BlobStore& blobs() const;
  const projections::StateReader& states() const { return *states_; }

  // POINT of CONTRACT; empty: the head. kUsage: not a point, a future one, a sequence past the head. kNotFound: no such snapshot or run.
  Result<Moment> Resolve(std::string_view point) const;
  // The first sequence that `--since POINT` lets through: the point's own, or of a time: the first logged at or after it.
  Result<Seq> ResolveSince(std::string_view point) const;
  // A snapshot by id, name or unique beginning of its id; in the context's collection, or the default one, first, else in every one.
  // kNotFound; kUsage: ambiguous.
  Result<projections::SnapshotInfo> FindSnapshot(std::string_view text) const;
  // The context's --at.
  Result<Moment> At() const { return Resolve(context_.at); }

  // The collection a command means: `name`, else the moment's snapshot's, else the context's, else the store's default. kNotFound with the
  // nearest name if it does not exist at that moment; one that was made only later comes back with `exists` false: the empty state.
  Result<projections::CollectionInfo> Collection(std::string_view name, const Moment& moment) const;
  Result<projections::CollectionState> CollectionState(std::string_view name, const Moment& moment) const;
  std::string DefaultCollection() const;
  // Absolute directory of a collection.
  std::filesystem::path DirectoryOf(const projections::CollectionInfo& info) const;
  std::filesystem::path DirectoryOf(const projections::CollectionState& state) const;

  // ARTIFACT of CONTRACT: type:name, or a bare name that only one type has. Returns the id of an artifact that stands in the state. kUsage:
  // not a name, or several types have it (listed). kNotFound with the nearest id otherwise.
  static Result<std::string> Find(const projections::CollectionState& state, std::string_view artifact);
  // The same for an artifact that may have been removed since: any that the log knows in that collection.
  Result<std::string> FindEver(std::string_view collection, std::string_view artifact, const Moment& moment) const;

 private:
  Result<Moment> ResolveRun(const PointRun& run, const std::function<Result<Moment>(Seq)>& at) const;

  const Context& context_;
  std::unique_ptr<store::Store> owned_;
  store::Store* store_;
  std::unique_ptr<projections::StateReader> states_;
};

}  // namespace skilltrail
