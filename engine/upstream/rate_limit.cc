#include "engine/upstream/rate_limit.h"

#include <fmt/format.h>

#include <algorithm>

namespace skilltrail::upstream {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Micros kSecond = 1'000'000;
// What GitHub's "Best practices for using the REST API" asks for where an answer names no time.
constexpr int64_t kUnknownWaitSeconds = 60;
constexpr int64_t kLongestWaitSeconds = 24 * 3600;  // a server can't take us out of service for longer

}  // namespace

void RateLimit::Note(const Response& response) {
  if (response.status == 304) ++ledger_.not_modified;
  if (response.limit) ledger_.limit = response.limit;
  if (!response.remaining || !response.reset_s) return;
  const Micros reset_at = std::min(*response.reset_s, INT64_MAX / kSecond) * kSecond;
  // Answers overtake each other, so within one window only the least is true.
  const bool same_window = ledger_.reset_at == reset_at && ledger_.remaining;
  ledger_.remaining = same_window ? std::min(*ledger_.remaining, *response.remaining) : *response.remaining;
  ledger_.reset_at = reset_at;
  const int64_t reserve = response.limit.value_or(0) / 100 * reserve_percent_;
  if (*response.remaining <= reserve && response.status < 400) Block(response);
}

void RateLimit::Block(const Response& response) {
  const Micros now = SystemClock().Now();
  const bool by_limit = response.remaining && (*response.remaining == 0 || response.status < 400);
  if (by_limit && response.reset_s) {
    const int64_t server_now = response.date_s.value_or(now / kSecond);
    const int64_t wait_s = std::clamp<int64_t>(*response.reset_s - server_now, 0, kLongestWaitSeconds);
    return BlockFor(std::chrono::seconds(wait_s), std::min(*response.reset_s, INT64_MAX / kSecond) * kSecond);
  }
  const int64_t wait_s = std::clamp<int64_t>(response.retry_after_s.value_or(kUnknownWaitSeconds), 1, kLongestWaitSeconds);
  BlockFor(std::chrono::seconds(wait_s), now + wait_s * kSecond);
}

void RateLimit::BlockFor(std::chrono::seconds duration, Micros until) {
  const auto to = Steady::now() + duration;
  if (to <= blocked_to_) return;
  blocked_to_ = to;
  blocked_until_ = until;
}

bool RateLimit::blocked() const {
  return Steady::now() < blocked_to_;
}

Error RateLimit::Refusal(const std::string& host, bool with_token) const {
  const bool reserved = reserve_percent_ > 0 && ledger_.remaining.value_or(0) > 0;
  std::string message =
      fmt::format("{}: rate limit exhausted{} until {}", host, reserved ? " but for a reserve" : "", FormatTime(blocked_until_));
  if (ledger_.limit && ledger_.remaining.value_or(0) == 0) message += fmt::format(" ({} requests an hour)", *ledger_.limit);
  return {Code::kRateLimited, std::move(message),
          with_token ? "wait until then"
                     : "wait until then, or give a token, which has a higher limit (SKILLTRAIL_GITHUB_TOKEN or --token-file)"};
}

Ledger RateLimit::ledger() const {
  Ledger ledger = ledger_;
  if (blocked()) ledger.blocked_until = blocked_until_;
  return ledger;
}

}  // namespace skilltrail::upstream
