#include "tests/cli/transcript.h"

#include <catch2/catch.hpp>

namespace skilltrail::testing {
namespace {

TEST_CASE("a transcript comes apart into steps, their continuation lines and what they must print") {
  const auto transcript = ParseTranscript("# heading\n$ one\n> two\nout\n! err\n[exit 2]\n\n% set {}\n$ three\n");
  REQUIRE(transcript.heading == std::vector<std::string>{"# heading"});
  REQUIRE(transcript.steps.size() == 3);
  REQUIRE(transcript.steps[0].command == "one\ntwo");
  REQUIRE(transcript.steps[0].expected == std::vector<std::string>{"out", "! err", "[exit 2]", ""});
  REQUIRE(transcript.steps[1].control);
  REQUIRE(transcript.steps[2].line == 9);
}

TEST_CASE("placeholders match what their names say and nothing else") {
  REQUIRE(Matches({"at <TIME> by <UUID>"}, {"at 2026-01-22T09:30:00.000001Z by 01a20c83-69b1-74ae-b7dd-3c728af0ac62"}));
  REQUIRE_FALSE(Matches({"at <TIME>"}, {"at 2026-01-22 09:30:00"}));
  REQUIRE(Matches({"<N>  x  <AGE>"}, {"12   x     3m ago"}));
  REQUIRE_FALSE(Matches({"<HEX>"}, {"0123"}));
  REQUIRE_FALSE(Matches({"a.c"}, {"abc"}));
}

TEST_CASE("three dots stand for any lines, comments and the blank line at the end for none") {
  REQUIRE(Matches({"first", "...", "# said", "last", ""}, {"first", "x", "y", "last"}));
  REQUIRE(Matches({"...", "last"}, {"last"}));
  REQUIRE_FALSE(Matches({"first"}, {"first", "more"}));
  REQUIRE_FALSE(Matches({"first", "more"}, {"first"}));
}

TEST_CASE("what was printed becomes a pattern that it matches") {
  const std::string line = "7 2026-01-22 09:30:00 20260122-093000-000001 2m ago f719bf7b628c";
  REQUIRE(Generalised(line) == "7 <LOCAL> <ID> <AGE> <HEX>");
  REQUIRE(Matches({Generalised(line)}, {line}));
  REQUIRE(Generalised("127.0.0.1:4711 \"duration_ms\": 12, 12") == "127.0.0.1:<N> \"duration_ms\": <N>, 12");
}

}  // namespace
}  // namespace skilltrail::testing
