#include "events/result.h"

namespace skilltrail {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kFailed:
      return "failed";
    case Code::kUsage:
      return "usage";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kBusy:
      return "locked";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kUpstream:
      return "upstream";
    case Code::kUnauthorized:
      return "unauthorized";
    case Code::kRateLimited:
      return "rate_limited";
    case Code::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

}  // namespace skilltrail
