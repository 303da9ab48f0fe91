// AppendDraft: what the log will be if one group of appends commits. Requests are checked and added in order; a refused one leaves no
// trace.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/store/event_log.h"
#include "engine/store/open_block.h"
#include "engine/store/stream_index.h"

namespace skilltrail::store {

// The position of the last event.
struct LogHead {
  Seq seq = 0;
  Digest hash;
  Micros logged_at = 0;
};
std::string EncodeHead(const LogHead& head);
std::optional<LogHead> DecodeHead(std::string_view value);

class AppendDraft {
 public:
  // `tail`: the keys of the family `tail`, which hold all that stands in `open`. `requests`: how many will be added.
  AppendDraft(const Database& database, uint32_t block_events, OpenBlock open, LogHead head, std::vector<Seq> tail, size_t requests);

  // kConflict, or kFailed for the clock; then nothing was added.
  Result<Appended> Add(const AppendRequest& request, Micros now);
  // The batch that makes it so. Once, after the last Add.
  Batch& Finish();

  bool empty() const { return head_.seq == head_before_.seq; }
  const LogHead& head() const { return head_; }
  OpenBlock& open() { return open_; }
  std::vector<Seq>& tail() { return tail_; }

 private:
  Result<Seq> LastOf(std::string_view prefix) const;
  Status CheckExpectations(const std::vector<Expectation>& expectations) const;
  Status CheckIdempotency(const AppendRequest& request) const;
  Status CheckTimes(const std::vector<Micros>& times, Micros now) const;
  // The body digest that the RunStarted at `seq` carries; nothing if that event is sealed in this very group.
  Result<std::optional<Digest>> BodyDigestAt(Seq seq) const;
  void AddEvent(const std::vector<uint8_t>& bytes, Micros logged_at);
  void AddPending(const std::vector<PendingWork>& pending, Seq first);
  void Seal();

  const Database& database_;
  StreamIndex index_;
  uint32_t block_events_;
  OpenBlock open_;
  LogHead head_;
  LogHead head_before_;
  std::vector<Seq> tail_;
  Seq indexed_through_;  // on disk
  size_t requests_;
  std::map<std::string, Seq, std::less<>> sealed_;  // last sequences of the streams in blocks that this draft sealed, if others may ask
  size_t kept_;                                     // events of open_ that stand in the tail already
  Batch batch_;
};

}  // namespace skilltrail::store
