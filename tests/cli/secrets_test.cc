#include "cli/secrets.h"

#include <catch2/catch.hpp>

namespace skilltrail::cli {
namespace {

TEST_CASE("GitHub tokens of every form are masked, wherever they stand") {
  for (const std::string prefix : {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}) {
    REQUIRE(ScrubSecrets("x=" + prefix + "AbCdEf0123456789 y") == "x=*** y");
  }
  REQUIRE(ScrubSecrets("ghp_0123456789") == "***");
}

TEST_CASE("words that only look a little like tokens stay") {
  for (const std::string text :
       {"ghp_", "ghx_0123456789", "aghp_0123456789", "graph_0123456789", "0123456789abcdef0123456789abcdef01234567"}) {
    REQUIRE(ScrubSecrets(text) == text);
  }
}

TEST_CASE("user names and passwords of URLs are masked; git@ and plain URLs stay") {
  REQUIRE(ScrubSecrets("https://ada:pass@github.com/o/r") == "https://***@github.com/o/r");
  REQUIRE(ScrubSecrets("https://token@github.com/o/r and http://a:b@x") == "https://***@github.com/o/r and http://***@x");
  REQUIRE(ScrubSecrets("https://ada:p@ss@github.com/o/r") == "https://***@github.com/o/r");
  for (const std::string text : {"ssh://git@github.com/o/r", "git@github.com:o/r.git", "https://github.com/o/r@v1", "o/r@main"}) {
    REQUIRE(ScrubSecrets(text) == text);
  }
}

TEST_CASE("a secret of the environment is masked even in a form nobody knows; a short one would mask everything") {
  REQUIRE(ScrubSecrets("say hunter22hunter22 twice: hunter22", {"hunter22"}) == "say ****** twice: ***");
  REQUIRE(ScrubSecrets("abc", {"abc"}) == "abc");
}

TEST_CASE("the recorded command can be pasted into a shell, and holds no secret") {
  REQUIRE(RecordedCommand({"add", "o/r@v1", "-m", "it's new"}, {}) == "skilltrail add o/r@v1 -m 'it'\\''s new'");
  REQUIRE(RecordedCommand({"list", "--name", "", "~x", "@~3"}, {}) == "skilltrail list --name '' '~x' @~3");
  REQUIRE(RecordedCommand({"add", "https://u:p@github.com/o/r"}, {}) == "skilltrail add 'https://***@github.com/o/r'");
  REQUIRE(RecordedCommand({"x\xff"}, {}) == "skilltrail 'x\xef\xbf\xbd'");
}

}  // namespace
}  // namespace skilltrail::cli
