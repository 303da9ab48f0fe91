#include "engine/store/salvage.h"

#include <algorithm>
#include <utility>

#include "engine/store/anchor.h"
#include "engine/store/append_draft.h"
#include "engine/store/block_walk.h"
#include "engine/store/keys.h"
#include "events/codec.h"

namespace skilltrail::store {
namespace {

// Whether the bytes are events and give the hash that their record says.
bool Provable(const Segment& segment) {
  Digest hash = segment.before();
  for (size_t i = 0; i < segment.size(); ++i) {
    if (!VerifyEventBytes(segment.bytes(i)).ok()) return false;
    hash = ChainHash(hash, segment.bytes(i));
  }
  return segment.size() > 0 && hash == segment.after();
}

}  // namespace

Result<DamagedStore> DamagedStore::Open(const std::filesystem::path& dir, const std::filesystem::path& scratch) {
  DamagedStore store;
  ASSIGN_OR_RETURN(store.sources_, Database::OpenDamaged(dir, scratch));
  // A HEAD that cannot be read says nothing of the end.
  if (const auto anchor = ReadAnchor(dir); anchor.ok() && *anchor) store.end_ = (*anchor)->seq;
  store.block_events_ = 0;
  for (const auto& source : store.sources_) {
    if (const auto value = source->Get(Family::kMeta, kBlockEventsKey); value.ok() && *value && (*value)->size() == sizeof(uint32_t)) {
      store.block_events_ = ReadU32((*value)->data());
    }
    if (const auto value = source->Get(Family::kMeta, kHeadKey); value.ok() && *value) {
      if (const auto head = DecodeHead(**value)) store.end_ = std::max(store.end_, head->seq);
    }
  }
  if (store.block_events_ < 1 || store.block_events_ > kMaxBlockEvents) store.block_events_ = kBlockEvents;
  for (const auto& source : store.sources_) {
    Cursor last = source->Look(Family::kLog);
    last.SeekToLast();
    if (last.valid()) store.end_ = std::max(store.end_, SeqAtEnd(last.key()) + store.block_events_ - 1);
  }
  for (const auto& segment : store.Tail(0)) store.end_ = std::max(store.end_, segment.last());
  return store;
}

bool DamagedStore::FindBlock(Seq block, Segment& out) const {
  for (const auto& source : sources_) {
    const auto value = source->Get(Family::kLog, SeqKey(block));
    if (value.ok() && *value && out.Parse(block, **value).ok() && Provable(out)) return true;
  }
  return false;
}

std::vector<Segment> DamagedStore::Tail(Seq after) const {
  std::vector<Segment> found;
  for (const auto& source : sources_) {
    Cursor cursor = source->Look(Family::kTail);
    for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
      Segment segment;
      if (segment.Parse(SeqAtEnd(cursor.key()), cursor.value()).ok() && segment.first() > after && Provable(segment)) {
        found.push_back(std::move(segment));
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const Segment& a, const Segment& b) { return a.first() < b.first(); });
  return found;
}

Status DamagedStore::Each(const std::function<Status(const Segment&)>& visit, const std::function<void(Seq, Seq)>& lost) const {
  Seq told = 0;  // all up to here was visited or told as lost
  const auto give = [&](const Segment& segment) -> Status {
    if (segment.first() > told + 1) lost(told + 1, segment.first() - 1);
    told = segment.last();
    return visit(segment);
  };
  Segment segment;
  const auto tail = Tail(0);
  auto next = tail.begin();
  // Where a sealed block is lost, the tail may still have a part of it.
  const auto give_tail = [&](Seq before) -> Status {
    for (; next != tail.end() && next->first() < before; ++next) {
      if (next->first() > told && next->last() < before) RETURN_IF_ERROR(give(*next));
    }
    return {};
  };
  for (Seq block = 1; block <= end_; block += block_events_) {
    if (!FindBlock(block, segment)) continue;
    RETURN_IF_ERROR(give_tail(block));
    RETURN_IF_ERROR(give(segment));
  }
  RETURN_IF_ERROR(give_tail(UINT64_MAX));
  if (told < end_) lost(told + 1, end_);
  return {};
}

std::optional<std::string> DamagedStore::Blob(const Digest& digest) const {
  for (const auto& source : sources_) {
    auto content = source->Get(Family::kBlobs, BlobKey(digest));
    if (content.ok() && *content && Sha256(**content) == digest) return std::move(**content);
  }
  return std::nullopt;
}

}  // namespace skilltrail::store
