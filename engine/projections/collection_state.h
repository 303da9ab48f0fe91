// CollectionState: one collection at a sequence: what it is, its artifacts, its refreshes.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/projections/artifact_state.h"
#include "engine/projections/place_index.h"
#include "engine/projections/refresh_marks.h"
#include "events/result.h"

namespace skilltrail::projections {

class CollectionState {
 public:
  explicit CollectionState(std::string name) : name_(std::move(name)) {}

  // Folds one event of the log, in order of sequence; an event of another collection is skipped (but counted in seq()).
  void Apply(const store::StoredEvent& event);
  // Fetches into the processor's cache what Apply will ask for with these events: for the scan's `ahead` (store::ScanOptions). Changes
  // nothing that can be seen. The events must stay where they are until they were applied or others are expected.
  void Expect(std::span<const schema::Event* const> events);
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
  size_t size() const { return size_; }
  // Sorted by id. Valid until the next Apply.
  std::vector<const ArtifactState*> artifacts() const;

  // Checkpoint bytes (schema/checkpoint.fbs): the same state gives the same bytes. Decode: kCorrupt for bytes that are not a checkpoint of
  // today's format; the caller folds from the start then.
  std::string Encode() const;
  // The same in Checkpoint::kShards parts, each with the artifacts of one shard: what is read for one artifact.
  std::vector<std::string> EncodeShards() const;
  static Result<CollectionState> Decode(std::string_view bytes);

 private:
  std::string Encode(const std::vector<const ArtifactState*>& artifacts) const;

  // Aligned so that what most events touch (tags, times, metadata, at the record's end) lies in as few cache lines as it can.
  struct alignas(64) Entry {
    uint64_t shift = 0;                     // by so much the record; never read
    std::optional<ArtifactState> artifact;  // absent after a removal; its place is kept
  };
  struct Expected {
    const schema::Event* event;  // compared, never read: it may be gone
    schema::Payload type;
    size_t place;  // where its artifact probably is
  };
  // How many events ahead of its use what they touch is asked for.
  static constexpr size_t kFetchAhead = 12;
  // The next step of fetching for the expected event `far`, and for those before it that are further on. What an event touches hangs
  // together by pointers, and what one leads to can't be asked for before the pointer is there; what it does not touch is left out.
  void FetchUpTo(size_t far);
  void ApplyToArtifact(std::string_view id, const store::StoredEvent& event);
  // By what was expected if that is right.
  std::optional<size_t> PlaceOf(std::string_view id, const schema::Event* event);
  Entry& EntryAt(size_t place) { return pages_[place / kEntriesAPage][place % kEntriesAPage]; }
  const Entry& EntryAt(size_t place) const { return pages_[place / kEntriesAPage][place % kEntriesAPage]; }
  // Of that id, which has none; it is absent.
  Entry& Add(std::string_view id);

  std::string name_;
  std::string path_;
  bool exists_ = false;
  Micros created_at_ = 0;
  Seq seq_ = 0;
  PlaceIndex places_;  // of ids, whose entries they are
  static constexpr size_t kEntriesAPage = 64;
  std::deque<std::array<Entry, kEntriesAPage>> pages_;  // of entries, which stay where they are
  size_t size_ = 0;                                     // of those that are not absent
  RefreshMarks refreshes_;
  std::vector<Expected> expected_;  // those of artifacts that are known, in their order
  size_t next_expected_ = 0;
};

}  // namespace skilltrail::projections
