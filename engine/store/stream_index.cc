#include "engine/store/stream_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/store/block_walk.h"
#include "engine/store/keys.h"

namespace skilltrail::store {

Result<Seq> StreamIndex::LastOf(std::string_view prefix, Seq through) const {
  if (through == 0) return Seq{0};
  StreamWalk walk(database_, prefix, true);
  RETURN_IF_ERROR(walk.Start(BlockOf(through, block_events_)));
  while (walk.valid()) {
    const size_t end = static_cast<size_t>(std::min<Seq>(through - walk.block() + 1, block_events_));
    if (const auto place = walk.events().Previous(end)) return walk.block() + *place;
    RETURN_IF_ERROR(walk.Next());
  }
  return Seq{0};
}

Status StreamIndex::AddKeys(StreamKind kind, std::set<std::string>& keys) const {
  Cursor cursor = database_.Look(Family::kIndex);
  const char first = static_cast<char>(kind);
  cursor.Seek({&first, 1});
  std::string prefix;
  while (cursor.valid() && cursor.key().front() == first) {
    const std::string_view stream = StreamOfIndexKey(cursor.key());
    IndexPrefix(prefix, static_cast<uint8_t>(kind), stream);
    keys.emplace(stream);
    // One step past all blocks of this stream.
    cursor.Seek(IndexKey(prefix, UINT64_MAX));
  }
  return cursor.status();
}

Status StreamWalk::Start(Seq block) {
  const std::string key = IndexKey(prefix_, block);
  newest_first_ ? cursor_.SeekForPrev(key) : cursor_.Seek(key);
  return Take();
}

Status StreamWalk::Next() {
  newest_first_ ? cursor_.Prev() : cursor_.Next();
  return Take();
}

Status StreamWalk::Take() {
  valid_ = false;
  if (!cursor_.valid()) return cursor_.status();
  const std::string_view key = cursor_.key();
  if (key.size() != prefix_.size() + sizeof(Seq) || !key.starts_with(prefix_)) return {};
  block_ = SeqAtEnd(key);
  const auto events = EventSet::Decode(cursor_.value());
  if (!events || block_ == 0) {
    return Error{Code::kCorrupt, fmt::format("the index of the block at event {} is damaged", block_),
                 "skilltrail rebuild makes it anew from the log"};
  }
  events_ = *events;
  valid_ = true;
  return {};
}

}  // namespace skilltrail::store
