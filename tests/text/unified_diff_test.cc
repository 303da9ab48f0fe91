#include "engine/text/unified_diff.h"

#include <algorithm>
#include <string>

#include "tests/support/apply_diff.h"
#include "tests/text/random_text.h"

#include <catch2/catch.hpp>

namespace skilltrail::text {
namespace {

using testing::ApplyDiff;
using testing::Join;
using testing::TextLines;
using Outcome = UnifiedDiff::Outcome;

std::string WithoutHeader(const std::string& diff) {
  const size_t at = diff.find("@@ ");
  return at == std::string::npos ? "" : diff.substr(at);
}

TEST_CASE("a diff has the form of git's") {
  const UnifiedDiff diff = DiffText("SKILL.md", "a\nb\nc\nd\ne\nf\n", "a\nb\nc\nD\ne\nf");
  REQUIRE(diff.outcome == Outcome::kText);
  REQUIRE(diff.text == "--- a/SKILL.md\n+++ b/SKILL.md\n@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+D\n e\n-f\n+f\n\\ No newline at end of file\n");
  REQUIRE(diff.added == 2);
  REQUIRE(diff.removed == 2);
}

TEST_CASE("a file that comes or goes is told from an empty one") {
  REQUIRE(DiffText("x", std::nullopt, "a\n").text == "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
  REQUIRE(DiffText("x", "a\nb\n", std::nullopt).text == "--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n");
  REQUIRE(DiffText("x", "", "a\n").text == "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
  REQUIRE(DiffText("x", std::nullopt, "").text == "--- /dev/null\n+++ b/x\n");
  REQUIRE(DiffText("x", "a", "a").outcome == Outcome::kSame);
  REQUIRE(DiffText("x", "a", "a").text.empty());
}

TEST_CASE("bytes that are no text, and texts too large, are said to differ") {
  REQUIRE(DiffText("p.bin", std::string("\0\1", 2), "x").text == "Binary files a/p.bin and b/p.bin differ\n");
  REQUIRE(DiffText("p.bin", "x", "\xff\xfe").outcome == Outcome::kBinary);
  const std::string large(9u << 20, 'x');
  REQUIRE(DiffText("p", large, "x").text == "Files a/p and b/p differ, too large to compare by lines\n");
}

TEST_CASE("a path cannot forge a line of the diff") {
  const UnifiedDiff diff = DiffText("a\n+++ b/x \x1b[31m\"", "1\n", "2\n");
  REQUIRE(diff.text.starts_with("--- \"a/a\\n+++ b/x \\033[31m\\\"\"\n+++ \"b/a\\n+++ b/x \\033[31m\\\"\"\n@@ -1 +1 @@\n"));
}

TEST_CASE("a diff applied to the one gives the other, for any texts") {
  const unsigned seed = 4711;
  testing::RandomText random(seed);
  const auto any = [&] { return random.CommonLine(); };
  for (int round = 0; round < 5'000; ++round) {
    INFO("seed " << seed << " round " << round);
    TextLines lines;
    for (size_t i = random.Below(40); i > 0; --i) lines.push_back(any());
    const std::string before = Join(lines), after = Join(random.Edit(lines, 5, any));
    const UnifiedDiff diff = DiffText("f", before, after);
    REQUIRE((diff.outcome == Outcome::kSame) == (before == after));
    if (before != after) REQUIRE(ApplyDiff(before, diff.text) == after);
  }
}

TEST_CASE("a diff of large shuffled texts, which the differ takes in several goes, still applies") {
  testing::RandomText random(3);
  TextLines before, after;
  for (size_t i = 0; i < 12'000; ++i) {
    before.push_back("line " + std::to_string(i % 5'000) + "\n");
    after.push_back("line " + std::to_string(random.Below(5'000)) + "\n");
  }
  REQUIRE(ApplyDiff(Join(before), DiffText("f", Join(before), Join(after)).text) == Join(after));
  after.resize(9);
  REQUIRE(ApplyDiff(Join(after), DiffText("f", Join(after), Join(before)).text) == Join(before));
}

TEST_CASE("diff -u agrees to the byte wherever no line repeats") {
  testing::OtherProgram diff;
  if (diff.Run("diff --version") != 0) {
    WARN("diff is not installed: nothing to compare with");
    return;
  }
  const unsigned seed = 31;
  testing::RandomText random(seed);
  const auto fresh = [&] { return random.FreshLine(); };
  for (int round = 0; round < 300; ++round) {
    INFO("seed " << seed << " round " << round);
    TextLines lines;
    for (size_t i = random.Below(40); i > 0; --i) lines.push_back(fresh());
    const TextLines changed = random.Edit(lines, 5, fresh);
    diff.Give("before", Join(lines));
    diff.Give("after", Join(changed));
    std::ignore = diff.Run("diff -u before after");  // 1 where they differ
    REQUIRE(WithoutHeader(DiffText("f", Join(lines), Join(changed)).text) == WithoutHeader(diff.Read("out")));
  }
}

}  // namespace
}  // namespace skilltrail::text
