#include "engine/upstream/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/upstream/answer.h"
#include "engine/upstream/question.h"

namespace skilltrail::upstream {
namespace {

using std::chrono::milliseconds;

constexpr const char* kGiveToken = "if it is private, give a token that may read it (SKILLTRAIL_GITHUB_TOKEN or --token-file)";
constexpr const char* kOtherToken = "if it is private, the token must be allowed to read it";

// 200 ms, 800 ms: short enough for somebody who waits, long enough for a restarting proxy.
milliseconds Backoff(int tries) {
  return milliseconds(tries <= 1 ? 200 : 800);
}

Verdict Fail(Code code, std::string message, std::string hint = {}) {
  Verdict verdict;
  verdict.error = {code, std::move(message), std::move(hint)};
  return verdict;
}

Verdict Retry(const Asked& asked, const Response& response, std::string message, std::string hint = {}) {
  Verdict verdict = Fail(Code::kUpstream, std::move(message), std::move(hint));
  verdict.kind = Verdict::Kind::kRetry;
  const auto said = milliseconds(std::min<int64_t>(response.retry_after_s.value_or(0), 3600) * 1000);
  verdict.wait = std::min(std::max(Backoff(asked.tries), said), milliseconds(asked.max_retry_wait_ms));
  return verdict;
}

Verdict JudgeFailure(const Asked& asked, const Response& response) {
  const std::string name = Name(asked.question);
  Verdict verdict;
  switch (response.outcome) {
    case Response::Outcome::kAnswered:
      break;
    case Response::Outcome::kUnreachable:
      verdict = Retry(asked, response, fmt::format("{}: {} can't be reached: {}", name, asked.host, response.why),
                      "check the network and the proxy settings");
      verdict.unreachable = true;
      break;
    case Response::Outcome::kInsecure:
      verdict = Fail(Code::kUpstream, fmt::format("{}: no trusted connection to {}: {}", name, asked.host, response.why));
      verdict.unreachable = true;
      break;
    case Response::Outcome::kBroken:
      verdict = Retry(asked, response, fmt::format("{}: broken answer from {}: {}", name, asked.host, response.why));
      verdict.unreachable = response.status == 0;
      break;
    case Response::Outcome::kSilent:
      verdict = Fail(Code::kUpstream, fmt::format("{}: time-out: {} sent nothing for {} ms", name, asked.host, asked.stall_timeout_ms),
                     "try again");
      verdict.unreachable = true;
      break;
    case Response::Outcome::kTooLarge:
      verdict = Fail(Code::kUpstream, fmt::format("{}: the answer is larger than is accepted", name));
      break;
  }
  return verdict;
}

bool Mentions(const std::string& message, std::string_view words) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::search(message.begin(), message.end(), words.begin(), words.end(), same) != message.end();
}

// 403 and 429 are GitHub's three refusals: the limit of the hour, the secondary limits (Retry-After, or only words), and no permission.
Verdict JudgeRefusal(const Asked& asked, const Response& response, const std::string& message) {
  Verdict verdict;
  if (response.remaining == 0 || Mentions(message, "API rate limit exceeded")) {
    verdict.kind = Verdict::Kind::kExhausted;
    return verdict;
  }
  const bool secondary =
      response.status == 429 || response.retry_after_s || Mentions(message, "secondary rate limit") || Mentions(message, "abuse detection");
  if (secondary) {
    const auto said = milliseconds(std::min<int64_t>(response.retry_after_s.value_or(0), 24 * 3600) * 1000);
    verdict.kind = said > milliseconds(asked.max_retry_wait_ms) ? Verdict::Kind::kExhausted : Verdict::Kind::kPause;
    verdict.wait = std::max(Backoff(asked.tries), said);
    return verdict;
  }
  return Fail(Code::kUnauthorized,
              fmt::format("{}: {} refuses access{}", Name(asked.question), asked.host, message.empty() ? "" : ": " + message),
              asked.with_token ? "the token must be allowed to read it" : kGiveToken);
}

Verdict JudgeClientError(const Asked& asked, const Response& response) {
  const std::string name = Name(asked.question);
  const std::string message = ReadMessage(response.body);
  const bool of_ref = asked.question.kind == Question::Kind::kCommit;
  switch (response.status) {
    case 401: {
      Verdict verdict = Fail(Code::kUnauthorized, fmt::format("{}: {} refuses the token", name, asked.host),
                             "check that it is complete and has not expired");
      if (!asked.with_token) verdict.error = {Code::kUnauthorized, fmt::format("{}: {} wants a token", name, asked.host), kGiveToken};
      verdict.bad_token = asked.with_token && Mentions(message, "Bad credentials");
      return verdict;
    }
    case 403:
    case 429:
      return JudgeRefusal(asked, response, message);
    case 404:
    case 410:
      return Fail(Code::kNotFound, fmt::format("{}: not found on {}", name, asked.host), asked.with_token ? kOtherToken : kGiveToken);
    case 409:
    case 422:
      // An empty repository, and a ref that is none: how GitHub's commits answer.
      if (of_ref)
        return Fail(Code::kNotFound, fmt::format("{}: not found on {}{}", name, asked.host, message.empty() ? "" : ": " + message));
      break;
    case 451:
      return Fail(Code::kUpstream, fmt::format("{}: {} withholds it for legal reasons", name, asked.host));
    default:
      break;
  }
  return Fail(Code::kUpstream,
              fmt::format("{}: {} answers with status {}{}", name, asked.host, response.status, message.empty() ? "" : ": " + message));
}

}  // namespace

Verdict Judge(const Asked& asked, const Response& response) {
  if (response.outcome != Response::Outcome::kAnswered) return JudgeFailure(asked, response);
  Verdict verdict;
  switch (response.status) {
    case 200:
      verdict.kind = Verdict::Kind::kBody;
      return verdict;
    case 304:
      verdict.kind = Verdict::Kind::kNotModified;
      return verdict;
    case 301:
    case 302:
    case 307:
    case 308:
      verdict.kind = Verdict::Kind::kRedirect;
      return verdict;
    default:
      break;
  }
  if (response.status >= 500) {
    return Retry(asked, response, fmt::format("{}: {} answers with status {}", Name(asked.question), asked.host, response.status),
                 "try again later");
  }
  return JudgeClientError(asked, response);
}

}  // namespace skilltrail::upstream
