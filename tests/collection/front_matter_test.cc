#include "engine/collection/front_matter.h"

#include <chrono>
#include <random>

#include "events/name.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

using Tags = std::vector<std::string>;

std::string Scalar(const FrontMatter& front_matter, const std::string& key) {
  const auto found = front_matter.scalars.find(key);
  return found == front_matter.scalars.end() ? "(none)" : found->second;
}

TEST_CASE("front matter is the block between two lines of dashes at the start") {
  const std::string block = "---\nname: pdf\ndescription: Reads PDF files\n---\n# Title\n\nBody here.\n";
  for (const std::string& text : std::vector<std::string>{block, "\xef\xbb\xbf" + block, "\n \t\r\n" + block,
                                                          "--- \nname: pdf\ndescription: Reads PDF files\n---\t\n#\nBody here."}) {
    INFO(text);
    const FrontMatter read = ParseFrontMatter(text);
    REQUIRE(read.present);
    REQUIRE_FALSE(read.broken);
    REQUIRE(Scalar(read, "name") == "pdf");
    REQUIRE(Scalar(read, "description") == "Reads PDF files");
    REQUIRE(read.body_line == "Body here.");
  }
}

TEST_CASE("CRLF line ends do not reach the values") {
  const FrontMatter read = ParseFrontMatter("---\r\nname: pdf\r\ndescription: |\r\n  one\r\n  two\r\n---\r\n\r\n# T\r\nBody.\r\n");
  REQUIRE(read.present);
  REQUIRE_FALSE(read.broken);
  REQUIRE(Scalar(read, "name") == "pdf");
  REQUIRE(Scalar(read, "description") == "one\ntwo");
  REQUIRE(read.body_line == "Body.");
}

TEST_CASE("text without a whole block has no front matter") {
  for (const char* text :
       {"", "# T\nbody", "---\nname: pdf\nnever closed\n", "----\nname: pdf\n----\n", "x\n---\nname: pdf\n---\n", "---"}) {
    INFO(text);
    REQUIRE_FALSE(ParseFrontMatter(text).present);
    REQUIRE(ParseFrontMatter(text).scalars.empty());
  }
  const FrontMatter empty = ParseFrontMatter("---\n---\nbody");
  REQUIRE(empty.present);
  REQUIRE_FALSE(empty.broken);
  REQUIRE(empty.body_line == "body");
}

TEST_CASE("scalars keep the text they were written as") {
  const FrontMatter read = ParseFrontMatter(
      "---\nuser-invocable: yes\nflag: true\nversion: 1.10\nnumber: 007\ndate: 2026-01-22\nquoted: 'a: b'\nempty:\nnull_value: "
      "null\ntilde: ~\n"
      "folded: >\n  one\n  two\nname: x # a comment\n---\n");
  REQUIRE_FALSE(read.broken);
  REQUIRE(Scalar(read, "user-invocable") == "yes");
  REQUIRE(Scalar(read, "flag") == "true");
  REQUIRE(Scalar(read, "version") == "1.10");
  REQUIRE(Scalar(read, "number") == "007");
  REQUIRE(Scalar(read, "date") == "2026-01-22");
  REQUIRE(Scalar(read, "quoted") == "a: b");
  REQUIRE(Scalar(read, "folded") == "one two");
  REQUIRE(Scalar(read, "name") == "x");
  REQUIRE(Scalar(read, "empty") == "(none)");
  REQUIRE(Scalar(read, "null_value") == "(none)");
  REQUIRE(Scalar(read, "tilde") == "(none)");
}

TEST_CASE("what is nested is not taken for a top-level value") {
  const FrontMatter read = ParseFrontMatter(
      "---\nmetadata:\n  name: inner\n  list: [a, {name: b}]\n? {complex: key}\n: name\ntools: [Read, Write]\nname: outer\ntags: [t, [u], "
      "{v: w}]\n---\n");
  REQUIRE_FALSE(read.broken);
  REQUIRE(read.scalars == std::map<std::string, std::string>{{"name", "outer"}});
  REQUIRE(read.tags == Tags{"t"});
}

TEST_CASE("tags are a list or a comma string, in order, without duplicates") {
  for (const char* tags : {"tags: [b, a, b, ' ']", "tags:\n  - b\n  - a\n  - b", "tags: b, a,, b ,", "tags: \"b,a\""}) {
    INFO(tags);
    const FrontMatter read = ParseFrontMatter("---\nname: x\n" + std::string(tags) + "\n---\n");
    REQUIRE_FALSE(read.broken);
    REQUIRE(read.tags == Tags{"b", "a"});
    REQUIRE(Scalar(read, "tags") == "(none)");
  }
  REQUIRE(ParseFrontMatter("---\ntags:\n---\n").tags.empty());
}

TEST_CASE("broken YAML is read line by line") {
  const FrontMatter read = ParseFrontMatter(
      "---\nname: pdf\ndescription: Use when: the user asks\n  for a form\nlicense: \"MIT\"\n# a comment\n\nmetadata:\n  author: nested\n"
      "tags:\n  - one\n- 'two'\nnotes: >\n  folded\n  text\nurl:no-space\n---\nBody.\n");
  REQUIRE(read.present);
  REQUIRE(read.broken);
  REQUIRE(Scalar(read, "name") == "pdf");
  REQUIRE(Scalar(read, "description") == "Use when: the user asks for a form");
  REQUIRE(Scalar(read, "license") == "MIT");
  REQUIRE(Scalar(read, "notes") == "folded text");
  REQUIRE(Scalar(read, "author") == "(none)");
  REQUIRE(Scalar(read, "url") == "(none)");
  REQUIRE(read.tags == Tags{"one", "two"});
  REQUIRE(ParseFrontMatter("---\na: [\ntags: [x, 'y']\n---\n").tags == Tags{"x", "y"});
}

TEST_CASE("anchors, aliases and tags are not followed") {
  for (const char* line :
       {"a: &x 1", "a: &x [1]", "a: &x {b: 1}", "a: *x", "a: !!python/object:os.system x", "a: !tag [1]", "a: !<tag:x> {b: 1}"}) {
    INFO(line);
    const FrontMatter read = ParseFrontMatter("---\nname: pdf\n" + std::string(line) + "\n---\n");
    REQUIRE(read.broken);
    REQUIRE(Scalar(read, "name") == "pdf");
  }
  // Emphasis is a common way to begin a description, and an alias to YAML.
  REQUIRE(Scalar(ParseFrontMatter("---\ndescription: **Bold** text\n---\n"), "description") == "**Bold** text");
}

TEST_CASE("a value that YAML takes for a list or a map does not become the text") {
  const FrontMatter read = ParseFrontMatter("---\n- a\n- b\n---\n");
  REQUIRE(read.broken);
  REQUIRE(read.scalars.empty());
  REQUIRE(ParseFrontMatter("---\njust text\n---\n").broken);
}

TEST_CASE("hostile blocks are survived in little time") {
  std::vector<std::string> blocks;
  for (const char* unit : {"[",  "{", "- ",  "? ", "[{", "{a: ",   "a:\n ", "!",   "&a ", "*a ", "'",
                           "\"", "%", ">\n", "|",  ": ", "a: b: ", "[a, ",  "---", "\\",  "\t"}) {
    std::string block;
    while (block.size() < (size_t{60} << 10)) block += unit;
    blocks.push_back(block);
  }
  std::string indented;
  for (size_t i = 0; i < 300; ++i) indented += std::string(i, ' ') + "a:\n";
  blocks.push_back(indented);
  for (const auto& block : blocks) {
    INFO(block.substr(0, 40));
    const auto start = std::chrono::steady_clock::now();
    const FrontMatter read = ParseFrontMatter("---\nname: pdf\n" + block + "\n---\nbody");
    REQUIRE(read.present);
    REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE("a block of over 64 KiB is read line by line as far as that") {
  std::string text = "---\nname: pdf\n";
  while (text.size() < (size_t{70} << 10)) text += "k" + std::to_string(text.size()) + ": v\n";
  text += "late: too late\n---\nBody.";
  const FrontMatter read = ParseFrontMatter(text);
  REQUIRE(read.present);
  REQUIRE(read.broken);
  REQUIRE(Scalar(read, "name") == "pdf");
  REQUIRE(Scalar(read, "late") == "(none)");
  REQUIRE(read.body_line == "Body.");
}

TEST_CASE("mutated front matter never escapes as an exception or as broken text") {
  const std::string good =
      "---\nname: pdf\ndescription: >\n  Reads *PDF* files\ntags: [a, 'b', \"c\"]\nmeta: {x: [1, 2], y: &z 3}\nversion: !!str 1.0\n---\n# "
      "T\nBody \xc3\xa9\n";
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string special = "-:[]{}&*!|>'\"%@`#,?\\\n\r\t ~\xef\xbb\xbf\xff\xc3";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (int edits = 1 + static_cast<int>(random() % 8); edits > 0 && !text.empty(); --edits) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = special[random() % special.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 6);
          break;
        case 2:
          text.insert(at, 1, random() % 2 == 0 ? special[random() % special.size()] : static_cast<char>(random()));
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 20));
          break;
      }
    }
    const FrontMatter read = ParseFrontMatter(text);
    for (const auto& [key, value] : read.scalars) REQUIRE((IsUtf8(key) && IsUtf8(value)));
    for (const auto& tag : read.tags) REQUIRE((IsUtf8(tag) && !tag.empty()));
    REQUIRE(IsUtf8(read.body_line));
  }
}

TEST_CASE("the description is the stated one, else the first line of the body") {
  const auto stated =
      StatedMetadata(ParseFrontMatter("---\ntitle: T\ndescription: D\nauthor: A\nlicense: MIT\nversion: '2'\nmodel: opus\n---\nBody."));
  REQUIRE(stated ==
          std::map<std::string, std::string>{{"title", "T"}, {"description", "D"}, {"author", "A"}, {"license", "MIT"}, {"version", "2"}});
  REQUIRE(StatedMetadata(ParseFrontMatter("---\nname: x\n---\n\n# H\n##\n  First.  \nSecond.")).at("description") == "First.");
  REQUIRE(StatedMetadata(ParseFrontMatter("First.\n")).at("description") == "First.");
  REQUIRE(StatedMetadata(ParseFrontMatter("---\ndescription: ''\n---\nFirst.\n")).at("description") == "First.");
  REQUIRE(StatedMetadata(ParseFrontMatter("# only a heading\n")).empty());
}

TEST_CASE("a long body line is cut at 200 characters, never inside one") {
  std::string line;
  for (int i = 0; i < 300; ++i) line += "\xf0\x9f\x93\x84";
  const std::string cut = ParseFrontMatter("x\n").body_line + ParseFrontMatter(line).body_line;
  REQUIRE(cut == "x" + line.substr(0, 4 * 200));
  REQUIRE(ParseFrontMatter(std::string(200, 'a') + "\n").body_line == std::string(200, 'a'));
  REQUIRE(ParseFrontMatter(std::string(201, 'a') + "\n").body_line == std::string(200, 'a'));
  REQUIRE(ParseFrontMatter("a\xff" + std::string(300, 'b')).body_line == "a\xef\xbf\xbd" + std::string(198, 'b'));
}

}  // namespace
}  // namespace skilltrail::collection
