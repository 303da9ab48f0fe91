// Verdict: what an HTTP response means for the question it answers. Pure.
#pragma once

#include <chrono>
#include <string>

#include "engine/upstream/transfers.h"
#include "engine/upstream/upstream.h"
#include "events/result.h"

namespace skilltrail::upstream {

struct Verdict {
  enum class Kind {
    kBody,         // the body answers the question
    kNotModified,  // the kept body does
    kRedirect,     // ask at response.location
    kRetry,        // ask again after wait; `error` if there have been tries enough
    kPause,        // the same, and ask nothing else of this host before that
    kExhausted,    // the limit is used up: nothing more is to be asked
    kFailed,       // `error` is the answer
  } kind = Kind::kFailed;
  std::chrono::milliseconds wait{0};
  bool unreachable = false;  // of kRetry and kFailed: the host did not answer at all
  bool bad_token = false;    // of kFailed: the token is good for nothing
  Error error;
};

struct Asked {
  const Question& question;
  const std::string& host;
  bool with_token = false;
  int tries = 1;  // this one included
  int stall_timeout_ms = 0;
  int max_retry_wait_ms = 0;
};

Verdict Judge(const Asked& asked, const Response& response);

}  // namespace skilltrail::upstream
