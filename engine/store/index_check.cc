#include "engine/store/index_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/store/block_walk.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

bool AllEvents(const Segment& segment) {
  for (size_t i = 0; i < segment.size(); ++i) {
    if (!VerifyEventBytes(segment.bytes(i)).ok()) return false;
  }
  return true;
}

}  // namespace

Status IndexCheck::CheckBlock(const Segment& segment) {
  expected_.Start(segment.first(), segment.before());
  expected_.Add(segment);
  std::vector<std::string> keys;
  for (const auto& [prefix, set] : expected_.index()) keys.push_back(IndexKey(prefix, segment.first()));
  ASSIGN_OR_RETURN(const auto values, database_.MultiGet(Family::kIndex, keys));
  auto value = values.begin();
  for (const auto& [prefix, set] : expected_.index()) {
    const auto& written = *value++;
    if (!written) {
      tell_({segment.first(), fmt::format("event {}: the index lacks a stream of the block that begins there", segment.first())});
    } else if (*written != set.Encode()) {
      tell_({segment.first(), fmt::format("event {}: the index names other events of the block that begins there", segment.first())});
    }
  }
  return {};
}

// Whether an entry is asked for is a question to its block alone; a block that cannot be read is asked nothing.
Status IndexCheck::NameOrphans(Seq through, const std::function<Seq()>& head_now) {
  Cursor index = database_.Scan(Family::kIndex);
  const Seq head = head_now();
  BlockWalk walk(database_.Look(Family::kLog), block_events_);
  Segment segment;
  StreamScratch scratch;
  for (index.SeekToFirst(); index.valid(); index.Next()) {
    const std::string_view key = index.key();
    const Seq block = SeqAtEnd(key);
    bool asked_for = block > through && block <= head;  // sealed since
    if (block >= 1 && block <= through && BlockOf(block, block_events_) == block) {
      if (!walk.Load(block, segment).ok() || !AllEvents(segment)) continue;
      for (size_t i = 0; i < segment.size() && !asked_for; ++i) {
        StreamsOf(ViewEvent(segment.bytes(i)), scratch, [&](std::string_view prefix) { asked_for |= key == IndexKey(prefix, block); });
      }
    }
    if (!asked_for) tell_({block, fmt::format("event {}: the index puts events into a stream that none of them is in", block)});
  }
  return index.status();
}

Status IndexCheck::Run(Seq through, const std::function<Seq()>& head, const std::function<bool()>& interrupted) {
  BlockWalk walk(database_.Scan(Family::kLog), block_events_);
  Segment segment;
  for (Seq block = 1; block <= through; block += block_events_) {
    if (interrupted && interrupted()) return Error{Code::kInterrupted, "interrupted while checking the index", ""};
    if (walk.Load(block, segment).ok() && AllEvents(segment)) RETURN_IF_ERROR(CheckBlock(segment));
  }
  return NameOrphans(through, head);
}

}  // namespace skilltrail::store
