// The rate ledger: what upstream says of its limit, and when it must be left alone.
#pragma once

#include <chrono>
#include <optional>

#include "engine/upstream/transfers.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

class RateLimit {
 public:
  explicit RateLimit(int reserve_percent = 0) : reserve_percent_(reserve_percent) {}

  // Counts an answered request and keeps what its headers say. An answer that used the limit up, but for the reserve, blocks.
  void Note(const Response& response);
  // Blocks until the limit that `response` refuses by is reset: at x-ratelimit-reset, after Retry-After, or in a minute if neither is said.
  void Block(const Response& response);
  void CountSent() { ++ledger_.sent; }
  void CountTrusted() { ++ledger_.trusted; }

  bool blocked() const;
  std::chrono::steady_clock::time_point blocked_to() const { return blocked_to_; }  // in the past unless blocked
  // kRateLimited, until when and how to get a higher limit. Only while blocked.
  Error Refusal(const std::string& host, bool with_token) const;
  Ledger ledger() const;

 private:
  void BlockFor(std::chrono::seconds duration, Micros until);

  int reserve_percent_;
  Ledger ledger_;
  // Held by the steady clock: the server's and ours may differ by more than the wait.
  std::chrono::steady_clock::time_point blocked_to_{};
  Micros blocked_until_ = 0;
};

}  // namespace skilltrail::upstream
