// Problems: every refusal as application/problem+json (RFC 9457): type, title, status, detail, code, and a hint where one is known.
#pragma once

#include <string>
#include <vector>

#include "cli/http/message.h"
#include "events/result.h"

namespace skilltrail::cli::http {

// What the door itself refuses; what the engine refuses comes as an Error.
enum class Refusal {
  kMalformed,
  kTokenMissing,
  kForeignOrigin,
  kNoSuchRoute,
  kMethodNotAllowed,
  kMoved,  // the head is no longer the one that the client expected
  kBodyTooLarge,
  kForeignHost,
  kHeaderTooLarge,
  kOverloaded,
  kStopping,
  kBroken,
};

struct RefusalFacts {
  Refusal refusal;
  int status;
  const char* code;
  const char* title;
};
const RefusalFacts& FactsOf(Refusal refusal);
const std::vector<RefusalFacts>& AllRefusals();

struct Problem {
  int status = 500;
  std::string code;
  std::string title;
  std::string detail;
  std::string hint;  // empty: none
};
Problem ProblemOf(Refusal refusal, std::string detail, std::string hint = {});
Problem ProblemOf(const Error& error);
// Without the secrets.
Answer ProblemAnswer(const Problem& problem, const std::vector<std::string>& secrets);

// "Not Found" of 404.
const char* ReasonOf(int status);

}  // namespace skilltrail::cli::http
