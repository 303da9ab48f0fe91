#include <fmt/format.h>

#include <utility>

#include "engine/store/event_log_rep.h"
#include "events/check.h"

namespace skilltrail::store {
namespace {

// What one commit may gather; the first request of a group is taken whatever its size.
constexpr size_t kMaxGroupRequests = 256;
constexpr size_t kMaxGroupEvents = 4'096;

Status CheckRequest(const AppendRequest& request) {
  CHECK(!request.events.empty());
  for (const auto& bytes : request.events) {
    if (bytes.size() > kMaxEventBytes) {
      return Error{Code::kUsage, fmt::format("an event of {} bytes is too large: the limit is {}", bytes.size(), kMaxEventBytes), ""};
    }
    RETURN_IF_ERROR(VerifyEventBytes(bytes));
  }
  CHECK(request.logged_at.empty() || request.logged_at.size() == request.events.size());
  for (const PendingWork& work : request.pending) CHECK(work.seq < request.events.size());
  return {};
}

}  // namespace

Result<Appended> EventLog::Append(AppendRequest request) {
  // In the caller's own thread: it is the dearest part that needs no order.
  RETURN_IF_ERROR(CheckRequest(request));
  return rep_->Queue(request);
}

Result<Appended> EventLog::Rep::Queue(const AppendRequest& request) {
  Waiter waiter{&request};
  std::unique_lock lock(mutex);
  queue.push_back(&waiter);
  while (!waiter.result) {
    if (committing) {
      changed.wait(lock);
      continue;
    }
    committing = true;
    const std::vector<Waiter*> group = TakeGroup();
    lock.unlock();
    std::vector<Result<Appended>> results = CommitGroup(group);
    lock.lock();
    for (size_t i = 0; i < group.size(); ++i) group[i]->result = std::move(results[i]);
    committing = false;
    changed.notify_all();
  }
  return std::move(*waiter.result);
}

std::vector<Waiter*> EventLog::Rep::TakeGroup() {
  std::vector<Waiter*> group;
  size_t events = 0;
  while (!queue.empty() && group.size() < kMaxGroupRequests) {
    events += queue.front()->request->events.size();
    if (!group.empty() && events > kMaxGroupEvents) break;
    group.push_back(queue.front());
    queue.pop_front();
  }
  return group;
}

std::vector<Result<Appended>> EventLog::Rep::CommitGroup(const std::vector<Waiter*>& group) {
  std::vector<Result<Appended>> results;
  if (broken) {
    results.assign(group.size(), *broken);
    return results;
  }
  AppendDraft draft(database, block_events, open, head, tail, group.size());
  for (const Waiter* waiter : group) results.push_back(draft.Add(*waiter->request, clock.Now()));
  if (draft.empty()) return results;

  const Status committed = database.Commit(draft.Finish());
  const std::lock_guard lock(mutex);
  if (!committed.ok()) {
    // The batch may be in the WAL or not; only a new open can tell, so nothing may build on what this one believes.
    Error failed = committed.error();
    broken = Error{failed.code, "the log takes nothing more since a write failed: " + failed.message,
                   "open the store again; what was reported done is safe"};
    for (Result<Appended>& result : results) {
      if (result.ok()) result = failed;
    }
    return results;
  }
  open = std::move(draft.open());
  head = draft.head();
  tail = std::move(draft.tail());
  return results;
}

}  // namespace skilltrail::store
