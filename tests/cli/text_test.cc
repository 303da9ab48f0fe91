#include "cli/text.h"

#include <catch2/catch.hpp>

namespace skilltrail::cli {
namespace {

TEST_CASE("nothing that could steer a terminal gets through") {
  REQUIRE(OneLine("a\x1b[31mb\x07") == "a\xef\xbf\xbd[31mb\xef\xbf\xbd");
  REQUIRE(OneLine("one\r\ntwo\tthree") == "one two three");
  REQUIRE(OneLine("\xc2\x9b"
                  "31m") ==
          "\xef\xbf\xbd"
          "31m");  // C1 control sequence introducer
  REQUIRE(OneLine("a\xe2\x80\xae"
                  "b") ==
          "a\xef\xbf\xbd"
          "b");  // right-to-left override
  REQUIRE(OneLine("\xff") == "\xef\xbf\xbd");
  REQUIRE(Printable("one\ntwo\x1b") == "one\ntwo\xef\xbf\xbd");
}

TEST_CASE("width counts what a terminal shows") {
  REQUIRE(DisplayWidth("abc") == 3);
  REQUIRE(DisplayWidth("\xc3\xa9") == 1);                  // é
  REQUIRE(DisplayWidth("e\xcc\x81") == 1);                 // e and a combining accent
  REQUIRE(DisplayWidth("\xe6\xbc\xa2\xe5\xad\x97") == 4);  // two ideographs
  REQUIRE(DisplayWidth("\xf0\x9f\x9a\x80") == 2);          // a rocket
}

TEST_CASE("a text is cut between characters, with an ellipsis") {
  REQUIRE(CutTo("abcdef", 6) == "abcdef");
  REQUIRE(CutTo("abcdef", 4) == "abc\xe2\x80\xa6");
  REQUIRE(CutTo("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4) == "\xe6\xbc\xa2\xe2\x80\xa6");
  REQUIRE(CutTo("abc", 0).empty());
}

TEST_CASE("ages and counts read as people write them") {
  REQUIRE(Age(0, 1) == "never");
  REQUIRE(Age(1, 2) == "just now");
  REQUIRE(Age(1, 120'000'001) == "2m ago");
  REQUIRE(Count(1, "file") == "1 file");
  REQUIRE(Count(2, "file") == "2 files");
  REQUIRE(LocalTime(0).empty());
}

}  // namespace
}  // namespace skilltrail::cli
