#include "cli/exit_codes.h"

#include <catch2/catch.hpp>

namespace skilltrail::cli {
namespace {

TEST_CASE("every code of an error has its exit code and HTTP status") {
  const std::vector<std::tuple<Code, int, int>> table = {
      {Code::kFailed, 1, 500},      {Code::kUsage, 2, 422},         {Code::kNotFound, 3, 404}, {Code::kConflict, 4, 409},
      {Code::kBusy, 5, 503},        {Code::kCorrupt, 6, 500},       {Code::kUpstream, 7, 502}, {Code::kUnauthorized, 7, 502},
      {Code::kRateLimited, 7, 503}, {Code::kInterrupted, 130, 503},
  };
  for (const auto& [code, exit_code, status] : table) {
    REQUIRE(ExitCode(code) == exit_code);
    REQUIRE(HttpStatus(code) == status);
  }
}

}  // namespace
}  // namespace skilltrail::cli
