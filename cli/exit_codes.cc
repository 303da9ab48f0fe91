#include "cli/exit_codes.h"

#include <algorithm>
#include <iterator>

namespace skilltrail::cli {
namespace {

struct Row {
  Code code;
  int exit_code;
  int http_status;
};

constexpr Row kTable[] = {
    {Code::kFailed, kFailedExit, 500},
    {Code::kUsage, kUsageExit, 422},
    {Code::kNotFound, kNotFoundExit, 404},
    {Code::kConflict, kConflictExit, 409},
    {Code::kBusy, kBusyExit, 503},
    {Code::kCorrupt, kCorruptExit, 500},
    {Code::kUpstream, kUpstreamExit, 502},
    {Code::kUnauthorized, kUpstreamExit, 502},
    {Code::kRateLimited, kUpstreamExit, 503},
    {Code::kInterrupted, kInterruptedExit, 503},
};

const Row& RowOf(Code code) {
  const auto* found = std::find_if(std::begin(kTable), std::end(kTable), [&](const Row& row) { return row.code == code; });
  CHECK(found != std::end(kTable));
  return *found;
}

}  // namespace

int ExitCode(Code code) {
  return RowOf(code).exit_code;
}

int HttpStatus(Code code) {
  return RowOf(code).http_status;
}

const char* ExitMeaning(int exit_code) {
  switch (exit_code) {
    case kDone:
      return "done";
    case kFailedExit:
      return "failed";
    case kUsageExit:
      return "usage: bad option, bad value, ambiguous name, future point";
    case kNotFoundExit:
      return "not found: store, collection, artifact, snapshot, run or project";
    case kConflictExit:
      return "conflict: would overwrite newer work, target not empty";
    case kBusyExit:
      return "the store is locked by another process";
    case kCorruptExit:
      return "corruption found, or a verification failed";
    case kUpstreamExit:
      return "upstream not reachable, not authorised, or rate limited";
    case kPartExit:
      return "done in part: some items failed, each is named";
    case kDifferencesExit:
      return "differences found (with --exit-code)";
    case kInterruptedExit:
      return "interrupted";
    default:
      CHECK(false && "an exit code without a meaning");
      return "";
  }
}

}  // namespace skilltrail::cli
