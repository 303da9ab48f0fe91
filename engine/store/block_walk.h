// BlockWalk: sealed blocks, one after another, out of the family `log`.
#pragma once

#include <cstdint>

#include "engine/store/database.h"
#include "engine/store/segment.h"
#include "events/id.h"
#include "events/result.h"

namespace skilltrail::store {

// The first sequence of the block that holds `seq`.
inline Seq BlockOf(Seq seq, uint32_t block_events) {
  return seq - (seq - 1) % block_events;
}

class BlockWalk {
 public:
  // A cursor of the family `log`: a Scan for many neighbouring blocks, a Look for a few anywhere. It must be younger than the knowledge
  // that the blocks are sealed.
  BlockWalk(Cursor cursor, uint32_t block_events) : cursor_(std::move(cursor)), block_events_(block_events) {}
  // The block that begins at `block`; cheapest for a neighbour of the one before. kCorrupt naming its sequences if it is missing or
  // damaged.
  Status Load(Seq block, Segment& out);

 private:
  Cursor cursor_;
  uint32_t block_events_;
  Seq at_ = 0;  // 0: the cursor stands nowhere
};

}  // namespace skilltrail::store
