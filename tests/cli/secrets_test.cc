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

TEST_CASE("user names and passwords before a host are masked without a scheme too") {
  REQUIRE(ScrubSecrets("adding ada:pass@github.com/o/r: no") == "adding ***@github.com/o/r: no");
  REQUIRE(ScrubSecrets("'sesame@GitHub.com/o/r'") == "'***@GitHub.com/o/r'");
  for (const std::string text :
       {"ada@workstation", "o/r/path@v1", "skill:pdf@v2x", "skill:pdf@v1.2", "note: a@b.org", "git@github.com:o/r"}) {
    INFO(text);
    REQUIRE(ScrubSecrets(text) == text);
  }
}

TEST_CASE("URL parameters that are called like secrets are masked, others stay") {
  REQUIRE(ScrubSecrets("https://x/y?token=abc&tab=readme") == "https://x/y?token=***&tab=readme");
  REQUIRE(ScrubSecrets("x?a=b&Client_Secret=abc#access_token=d e") == "x?a=b&Client_Secret=***#access_token=*** e");
  for (const std::string text : {"https://x/y?tab=readme", "what? a token", "a#b", "?token"}) REQUIRE(ScrubSecrets(text) == text);
}

TEST_CASE("of a word that is a URL the query goes, whatever it says") {
  REQUIRE(ScrubWord("https://github.com/o/r?x=abc") == "https://github.com/o/r?***");
  REQUIRE(ScrubWord("github.com/o/r#abc") == "github.com/o/r#***");
  REQUIRE(ScrubWord("see https://x/y?id=3") == "see https://x/y?id=3");
  REQUIRE(RecordedCommand({"add", "https://github.com/o/r?x=abc"}, {}) == "skilltrail add 'https://github.com/o/r?***'");
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
