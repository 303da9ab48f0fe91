#include <string>

#include "events/source.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

Source Parsed(std::string_view text) {
  CAPTURE(std::string(text));
  const auto source = ParseSource(text);
  INFO((source.ok() ? "" : source.error().message));
  REQUIRE(source.ok());
  // What is stored is the short form: it must mean the same again.
  const auto again = ParseSource(source->text());
  REQUIRE(again.ok());
  REQUIRE(*again == *source);
  return *source;
}

}  // namespace

TEST_CASE("the short form has an optional path and ref") {
  REQUIRE(Parsed("acme/skills") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("acme/skills/") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("acme/skills/a/b") == Source{"acme", "skills", "a/b", ""});
  REQUIRE(Parsed("acme/skills@v1.2.0") == Source{"acme", "skills", "", "v1.2.0"});
  REQUIRE(Parsed("acme/skills/a/b.md@main") == Source{"acme", "skills", "a/b.md", "main"});
  REQUIRE(Parsed("a_c-1/.github") == Source{"a_c-1", ".github", "", ""});
  REQUIRE(Parsed("acme/skills.git") == Source{"acme", "skills", "", ""});
}

TEST_CASE("a ref may hold slashes and more at signs") {
  REQUIRE(Parsed("acme/skills/a@feature/x/y") == Source{"acme", "skills", "a", "feature/x/y"});
  REQUIRE(Parsed("acme/skills@release@2") == Source{"acme", "skills", "", "release@2"});
}

TEST_CASE("GitHub's URLs name the same places") {
  REQUIRE(Parsed("https://github.com/acme/skills") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("https://github.com/acme/skills.git") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("https://github.com/acme/skills/") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("HTTPS://GitHub.com/acme/skills") == Source{"acme", "skills", "", ""});
  REQUIRE(Parsed("github.com/acme/skills/tree/main/a/b") == Source{"acme", "skills", "a/b", "main"});
  REQUIRE(Parsed("https://github.com/acme/skills/tree/v1") == Source{"acme", "skills", "", "v1"});
  REQUIRE(Parsed("https://github.com/acme/skills/blob/main/commands/x.md") == Source{"acme", "skills", "commands/x.md", "main"});
  REQUIRE(Parsed("https://github.com/acme/skills/tree/main/my%20skill?tab=readme#top") == Source{"acme", "skills", "my skill", "main"});
  REQUIRE(Parsed("git@github.com:acme/skills.git") == Source{"acme", "skills", "", ""});
}

TEST_CASE("what GitHub or a file system can't hold is refused") {
  for (const auto& text : {std::string(""),
                           std::string("acme"),
                           std::string("/skills"),
                           std::string("acme/"),
                           std::string("acme//a"),
                           std::string("-acme/skills"),
                           std::string("ac me/skills"),
                           std::string("acme/sk ills"),
                           std::string("acme/.."),
                           std::string("acme/."),
                           std::string("acme/.git"),
                           std::string("acme/skills/../x"),
                           std::string("acme/skills/a//b"),
                           std::string("acme/skills//"),
                           std::string("acme/skills/./a"),
                           std::string("acme/skills/a\nb"),
                           std::string("acme/skills/a\0b", 15),
                           std::string("acme/skills@"),
                           std::string("acme/skills@a..b"),
                           std::string("acme/skills@-x"),
                           std::string("acme/skills@a b"),
                           std::string("acme/skills@a\x1b"),
                           std::string("acme/skills@a~1"),
                           std::string("acme/skills@/a"),
                           std::string("acme/skills@a/"),
                           std::string("acme/skills@a.lock"),
                           std::string("acme/skills@@{1}"),
                           std::string(40, 'a') + "/skills",
                           "acme/" + std::string(101, 'a'),
                           "acme/skills@" + std::string(256, 'a'),
                           std::string("../acme/skills"),
                           std::string("~/acme")}) {
    CAPTURE(text);
    const auto source = ParseSource(text);
    REQUIRE_FALSE(source.ok());
    REQUIRE(source.error().code == Code::kUsage);
    REQUIRE_FALSE(source.error().hint.empty());
  }
}

TEST_CASE("a URL that names no place of a repository is refused") {
  for (const char* text : {"https://github.com",
                           "https://github.com/",
                           "https://github.com/acme",
                           "https://github.com/acme/skills/issues/1",
                           "https://github.com/acme/skills/tree",
                           "https://github.com/acme/skills/tree/",
                           "https://github.com/acme/skills/tree/main//a",
                           "https://github.com/acme/skills/tree/main/..",
                           "https://github.com/acme/skills/tree/main/%2e%2e/x",
                           "https://github.com/acme/skills/tree/main/a%2Fb",
                           "https://github.com/acme/skills/tree/main/a%0ab",
                           "https://github.com/acme/skills/tree/main/a%zz",
                           "https://github.com/acme/skills/tree/main/a%2",
                           "https://github.com/acme/skills/tree/main/@scope/x",
                           "http://github.com/acme/skills",
                           "https://gitlab.com/acme/skills",
                           "https://github.com.evil.org/acme/skills",
                           "ssh://github.com/acme/skills",
                           "file:///tmp/x",
                           "https://github.com:8080/acme/skills",
                           "git@github.com:acme",
                           "git@github.com:acme/skills/x",
                           "git@gitlab.com:acme/skills"}) {
    CAPTURE(text);
    const auto source = ParseSource(text);
    REQUIRE_FALSE(source.ok());
    REQUIRE(source.error().code == Code::kUsage);
  }
}

TEST_CASE("a secret in a URL is refused and not repeated") {
  for (const char* text :
       {"https://ana:s3cret@github.com/acme/skills", "https://s3cret@github.com/acme/skills", "ana:s3cret@github.com/acme/skills",
        "//ana:s3cret@github.com/acme/skills", "ftp://ana:s3cret@host/x", "https://ana:s3cret@github.com",
        "https://gitlab.com/acme/skills?token=s3cret", "https://github.com/acme#s3cret"}) {
    CAPTURE(text);
    const auto source = ParseSource(text);
    REQUIRE_FALSE(source.ok());
    REQUIRE((source.error().message + source.error().hint).find("s3cret") == std::string::npos);
  }
}

TEST_CASE("a path on disk is told from a source by its start") {
  for (const char* text : {".", "..", "/a", "./a", "../a", "~", "~/a"}) REQUIRE(LooksLikeLocalPath(text));
  for (const char* text : {"acme/skills", ".github/x", "...", "", "a/./b"}) REQUIRE_FALSE(LooksLikeLocalPath(text));
}

TEST_CASE("a commit is 7 to 40 hex digits") {
  REQUIRE(LooksLikeCommit("0f1e2d3"));
  REQUIRE(LooksLikeCommit(std::string(40, 'A')));
  REQUIRE_FALSE(LooksLikeCommit("0f1e2d"));
  REQUIRE_FALSE(LooksLikeCommit(std::string(41, 'a')));
  REQUIRE_FALSE(LooksLikeCommit("v1.2.0-g"));
  REQUIRE_FALSE(LooksLikeCommit(""));
}

}  // namespace skilltrail
