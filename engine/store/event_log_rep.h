// EventLog's inside: what stands in memory of a log, and who may touch it. Only event_log_*.cc include this.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/append_draft.h"
#include "engine/store/block_walk.h"
#include "engine/store/event_log.h"

namespace skilltrail::store {

// A caller of Append in the queue.
struct Waiter {
  const AppendRequest* request;
  std::optional<Result<Appended>> result = std::nullopt;
};

struct EventLog::Rep {
  Rep(Database& database_in, std::filesystem::path dir_in, const Clock& clock_in)
      : database(database_in), dir(std::move(dir_in)), clock(clock_in) {}

  // Opening (event_log_open.cc).
  Status Initialise(const std::optional<store::Anchor>& anchor, uint32_t new_block_events);
  Status Load();
  Status LoadMeta();
  Status LoadBlocks(LogHead& end);
  Status LoadTail(LogHead& end);
  // Whether the log holds what HEAD promises.
  Status CheckAnchor(const store::Anchor& anchor) const;

  // Appending (event_log_append.cc).
  Result<Appended> Queue(const AppendRequest& request);
  std::vector<Waiter*> TakeGroup();
  std::vector<Result<Appended>> CommitGroup(const std::vector<Waiter*>& group);

  // The part of the log that a read is to deliver: its head, and a copy of the open block's events if they are in its range.
  struct View {
    Seq head = 0;
    Seq sealed_through = 0;
    Segment open;
    EventSet in_open;  // of the stream asked for
  };
  View Snapshot(const ScanOptions& options, const std::string* prefix) const;
  LogHead Head() const;

  Database& database;
  const std::filesystem::path dir;
  const Clock& clock;
  std::string store_id;
  uint32_t block_events = 0;

  mutable std::mutex mutex;
  std::condition_variable changed;  // a group was committed
  // Under the mutex. The committing thread alone changes the first three, so it may read them without.
  OpenBlock open;
  LogHead head;
  std::optional<Error> broken;  // why nothing more can be appended
  std::deque<Waiter*> queue;
  bool committing = false;
  // Of the committing thread.
  std::vector<Seq> tail;

  std::mutex anchor_mutex;
  Seq anchored = 0;  // what HEAD says; under anchor_mutex
};

}  // namespace skilltrail::store
