// IndexCheck: names each entry of the index that is missing, says something else than the events do, or is asked for by none. It looks
// every one up, which is slow; IndexSum tells whether that is needed.
#pragma once

#include <functional>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/event_log.h"
#include "engine/store/open_block.h"

namespace skilltrail::store {

class IndexCheck {
 public:
  // Gets each problem that is found.
  using Tell = std::function<void(EventLog::Problem)>;
  IndexCheck(const Database& database, uint32_t block_events, Tell tell)
      : database_(database), block_events_(block_events), tell_(std::move(tell)) {}

  // Over the blocks through `through`; blocks that cannot be read are passed over, and so is what the index says of later ones up to where
  // the log ends when `head` is asked. kInterrupted if `interrupted` says so.
  Status Run(Seq through, const std::function<Seq()>& head, const std::function<bool()>& interrupted);

 private:
  Status CheckBlock(const Segment& segment);
  Status NameOrphans(Seq through, const std::function<Seq()>& head);

  const Database& database_;
  const uint32_t block_events_;
  const Tell tell_;
  OpenBlock expected_;
};

}  // namespace skilltrail::store
