#include "cli/http/problem.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/documents/json.h"
#include "cli/exit_codes.h"
#include "cli/secrets.h"

namespace skilltrail::cli::http {

const std::vector<RefusalFacts>& AllRefusals() {
  static const std::vector<RefusalFacts> table = {
      {Refusal::kMalformed, 400, "malformed", "The request is malformed"},
      {Refusal::kTokenMissing, 401, "token_required", "A valid token is required"},
      {Refusal::kForeignOrigin, 403, "foreign_origin", "Requests from other sites are refused"},
      {Refusal::kNoSuchRoute, 404, "no_such_route", "There is nothing at this path"},
      {Refusal::kMethodNotAllowed, 405, "method_not_allowed", "This path does not take that method"},
      {Refusal::kMoved, 412, "moved", "The store has moved past the expected event"},
      {Refusal::kBodyTooLarge, 413, "body_too_large", "The body is too large"},
      {Refusal::kForeignHost, 421, "foreign_host", "This server does not answer for that host"},
      {Refusal::kHeaderTooLarge, 431, "header_too_large", "The header is too large"},
      {Refusal::kOverloaded, 503, "overloaded", "Too much is asked at once"},
      {Refusal::kStopping, 503, "stopping", "The server is stopping"},
      {Refusal::kBroken, 500, "failed", "The server failed"},
  };
  return table;
}

const RefusalFacts& FactsOf(Refusal refusal) {
  const auto& table = AllRefusals();
  const auto found = std::find_if(table.begin(), table.end(), [&](const RefusalFacts& row) { return row.refusal == refusal; });
  CHECK(found != table.end());
  return *found;
}

const char* ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 422:
      return "Unprocessable Content";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

Problem ProblemOf(Refusal refusal, std::string detail, std::string hint) {
  const RefusalFacts& facts = FactsOf(refusal);
  return {facts.status, facts.code, facts.title, std::move(detail), std::move(hint)};
}

Problem ProblemOf(const Error& error) {
  const int status = HttpStatus(error.code);
  return {status, CodeName(error.code), ReasonOf(status), error.message, error.hint};
}

Answer ProblemAnswer(const Problem& problem, const std::vector<std::string>& secrets) {
  const documents::Json body = {{"type", "urn:skilltrail:problem:" + problem.code},
                                {"title", problem.title},
                                {"status", problem.status},
                                {"detail", ScrubSecrets(problem.detail, secrets)},
                                {"code", problem.code},
                                {"hint", documents::TextOrNull(ScrubSecrets(problem.hint, secrets))}};
  Answer answer;
  answer.status = problem.status;
  answer.content_type = "application/problem+json";
  answer.body = body.dump(-1, ' ', false, documents::Json::error_handler_t::replace);
  answer.headers.emplace_back("Cache-Control", "no-store");
  if (problem.status == 503) answer.headers.emplace_back("Retry-After", "1");
  if (problem.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"skilltrail\"");
  return answer;
}

}  // namespace skilltrail::cli::http
