// CollectionState: one collection at a sequence: what it is, its artifacts, its refreshes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/projections/artifact_state.h"
#include "engine/projections/refresh_marks.h"
#include "events/result.h"

namespace skilltrail::projections {

class CollectionState {
 public:
  explicit CollectionState(std::string name) : name_(std::move(name)) {}

  // Folds one event of the log, in order of sequence; an event of another collection is skipped (but counted in seq()).
  void Apply(const store::StoredEvent& event);
  // Brings what refreshes imply (RefreshMarks::Settle) into every artifact. Call after a fold, before reading; more events may follow.
  void Settle();

  Seq seq() const { return seq_; }  // the last event folded
  void set_seq(Seq seq) { seq_ = seq; }
  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }  // absolute; empty: collections/NAME in the store
  bool exists() const { return exists_; }            // created, and not removed since
  Micros created_at() const { return created_at_; }
  const RefreshMarks& refreshes() const { return refreshes_; }

  const ArtifactState* Find(std::string_view id) const;
  size_t size() const { return artifacts_.size(); }
  // Sorted by id. Valid until the next Apply.
  std::vector<const ArtifactState*> artifacts() const;

  // Checkpoint bytes (schema/checkpoint.fbs): the same state gives the same bytes. Decode: kCorrupt for bytes that are not a checkpoint of
  // today's format; the caller folds from the start then.
  std::string Encode() const;
  static Result<CollectionState> Decode(std::string_view bytes);

 private:
  void ApplyToArtifact(std::string_view id, const store::StoredEvent& event);

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::string name_;
  std::string path_;
  bool exists_ = false;
  Micros created_at_ = 0;
  Seq seq_ = 0;
  // Held as optional because artifact folds go through "absent"; an entry always holds a value.
  std::unordered_map<std::string, std::optional<ArtifactState>, Hash, std::equal_to<>> artifacts_;
  RefreshMarks refreshes_;
};

}  // namespace skilltrail::projections
