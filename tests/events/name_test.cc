#include <string>
#include <vector>

#include "events/name.h"

#include <catch2/catch.hpp>

namespace skilltrail {

TEST_CASE("a name that can be a file name is accepted") {
  for (const auto& name :
       {std::string("pdf"), std::string("größe"), std::string("a.b-c_d"), std::string("before the upgrade"), std::string(255, 'x')}) {
    CAPTURE(name);
    REQUIRE(CheckName(name, "name").ok());
  }
}

TEST_CASE("a name that could leave its folder or garble a terminal is refused") {
  const std::vector<std::string> bad = {"",
                                        ".",
                                        "..",
                                        ".hidden",
                                        "a/b",
                                        "a\\b",
                                        "a..b",
                                        "a\nb",
                                        "a\x1b[2J",
                                        "del\x7f",
                                        "\xc2\x9b",
                                        "\xff",
                                        "cut\xe2\x82",
                                        std::string("a\0b", 3),
                                        std::string(256, 'x')};
  for (const auto& name : bad) {
    CAPTURE(name);
    const auto status = CheckName(name, "collection name");
    REQUIRE_FALSE(status.ok());
    REQUIRE(status.error().code == Code::kUsage);
    REQUIRE(status.error().message.starts_with("collection name \""));
    REQUIRE(status.error().message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a relative path stays inside its root") {
  REQUIRE(CheckRelativePath("SKILL.md").ok());
  REQUIRE(CheckRelativePath("a/b/..c/.d").ok());
  REQUIRE(CheckRelativePath(std::string(4096, 'x')).ok());
  for (const auto& path :
       {std::string(""), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."), std::string("a/./b"),
        std::string(".."), std::string("../a"), std::string("a/.."), std::string("a\0b", 3), std::string(4097, 'x')}) {
    CAPTURE(path);
    REQUIRE_FALSE(CheckRelativePath(path).ok());
  }
}

TEST_CASE("UTF-8 is checked strictly and repaired byte by byte") {
  REQUIRE(IsUtf8(""));
  REQUIRE(IsUtf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x84\xf4\x8f\xbf\xbf"));
  // Overlong, lone continuation, surrogate, beyond U+10FFFF, cut.
  for (const char* text :
       {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    REQUIRE_FALSE(IsUtf8(text));
    REQUIRE(IsUtf8(ToUtf8(text)));
  }
  REQUIRE(ToUtf8("caf\xe9!") == "caf\xef\xbf\xbd!");
  REQUIRE(ToUtf8("größe") == "größe");
}

TEST_CASE("a quoted text shows no control character and is cut") {
  REQUIRE(Quote("größe") == "\"größe\"");
  REQUIRE(Quote("a\nb\xff") == "\"a\\x0ab\\xff\"");
  REQUIRE(Quote(std::string(120, 'x')) == "\"" + std::string(120, 'x') + "\"");
  REQUIRE(Quote(std::string(121, 'x')) == "\"" + std::string(120, 'x') + "...\"");
}

TEST_CASE("the nearest word is the one that was meant") {
  const std::vector<std::string> fields = {"description", "tags", "author", "license", "title", "version"};
  REQUIRE(Nearest("descripton", fields) == "description");
  REQUIRE(Nearest("tgas", fields) == "tags");
  REQUIRE(Nearest("tag", fields) == "tags");
  REQUIRE(Nearest("licence", fields) == "license");
  REQUIRE(Nearest("desc", fields) == "description");
  REQUIRE(Nearest("d", fields).empty());
  REQUIRE(Nearest("colour", fields).empty());
  REQUIRE(Nearest("", fields).empty());
  REQUIRE(Nearest("xy", std::vector<std::string>{"ab"}).empty());
  REQUIRE(Nearest("abd", std::vector<std::string>{"abc", "abe"}) == "abc");
  REQUIRE(Nearest(std::string(100'000, 'x'), fields).empty());
}

TEST_CASE("a shell pattern matches by *, ? and sets") {
  struct Sample {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Sample samples[] = {
      {"", "", true},          {"", "a", false},           {"*", "", true},
      {"*", "anything", true}, {"pdf*", "pdf", true},      {"pdf*", "pdf-tools", true},
      {"*pdf", "pdf-", false}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbYbZ", false},
      {"?", "é", true},        {"?", "", false},           {"??", "a", false},
      {"[abc]x", "bx", true},  {"[a-c]x", "dx", false},    {"[!a-c]x", "dx", true},
      {"[^a]", "a", false},    {"[]]", "]", true},         {"[!]]", "]", false},
      {"[a-]", "-", true},     {"[", "[", true},           {"[a", "[a", true},
      {"A", "a", false},       {"*.md", "a.b.md", true},   {"[*]", "*", true},
      {"[*]", "a", false},     {"[é-ü]", "ö", true},       {"**a", "ba", true},
      {"a**", "a", true},      {"[!", "[!", true},         {"[]", "[]", true},
  };
  for (const auto& [pattern, text, matches] : samples) {
    CAPTURE(pattern, text);
    REQUIRE(GlobMatch(pattern, text) == matches);
  }
}

TEST_CASE("a hostile pattern is matched in bounded time") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  REQUIRE_FALSE(GlobMatch(pattern + "b", std::string(2'000, 'a')));
}

}  // namespace skilltrail
