#include "engine/text/merge.h"

#include <algorithm>
#include <string>

#include "tests/text/random_text.h"

#include <catch2/catch.hpp>

namespace skilltrail::text {
namespace {

using testing::Join;
using testing::TextLines;
using Outcome = Merged::Outcome;

size_t Count(const std::string& text, const std::string& line) {
  size_t count = 0;
  for (size_t at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++count;
  return count;
}

TEST_CASE("changes in different places come together, the same change comes once") {
  const std::string base = "a\nb\nc\nd\ne\n";
  REQUIRE(MergeText(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n").text == "A\nb\nc\nd\nE\n");
  const Merged same = MergeText(base, "a\nX\nc\nd\ne\nf\n", "a\nX\nc\nd\n");
  REQUIRE(same.outcome == Outcome::kConflicts);
  REQUIRE(MergeText(base, "a\nX\nc\nd\ne\nf\n", "a\nX\nc\nd\ne\n").text == "a\nX\nc\nd\ne\nf\n");
}

TEST_CASE("a conflict holds only the lines that differ, between git's markers") {
  const Merged merged = MergeText("1\nold\n2\n", "1\nsame\nmine\n2\n", "1\nsame\nyours\n2\n", {"collection", "project"});
  REQUIRE(merged.outcome == Outcome::kConflicts);
  REQUIRE(merged.conflicts == 1);
  REQUIRE(merged.text == "1\nsame\n<<<<<<< collection\nmine\n=======\nyours\n>>>>>>> project\n2\n");
}

TEST_CASE("a last line without newline does not swallow a marker") {
  const Merged merged = MergeText("a\n", "a\nmine", "a\nyours");
  REQUIRE(merged.text == "a\n<<<<<<< ours\nmine\n=======\nyours\n>>>>>>> theirs\n");
  REQUIRE(MergeText("x\ny\nz", "X\ny\nz", "x\ny\nz\n").text == "X\ny\nz\n");
}

TEST_CASE("markers take the line endings of ours") {
  const Merged merged = MergeText("a\r\nb\r\n", "a\r\nc\r\n", "a\r\nd\r\n");
  REQUIRE(merged.text == "a\r\n<<<<<<< ours\r\nc\r\n=======\r\nd\r\n>>>>>>> theirs\r\n");
}

TEST_CASE("what is no text is not merged by lines, but a change of one side is taken whatever it is") {
  const std::string nul("a\0b", 3), latin1 = "caf\xe9\n";
  for (const std::string& odd : {nul, latin1}) {
    REQUIRE(MergeText(odd, "a\n", "b\n").outcome == Outcome::kNotText);
    REQUIRE(MergeText("a\n", odd, "b\n").outcome == Outcome::kNotText);
    REQUIRE(MergeText("a\n", "b\n", odd).outcome == Outcome::kNotText);
    REQUIRE(MergeText("a\n", "b\n", odd).text.empty());
    REQUIRE(MergeText("a\n", "a\n", odd).text == odd);
    REQUIRE(MergeText("a\n", odd, "a\n").text == odd);
    REQUIRE(MergeText("a\n", odd, odd).text == odd);
  }
}

TEST_CASE("texts beyond the limits are refused, texts at them with nothing in common are quick") {
  std::string many, other, base;
  for (size_t i = 0; i < 200'000; ++i) {
    base += "b" + std::to_string(i) + "\n";
    many += "m" + std::to_string(i) + "\n";
    other += "o" + std::to_string(i) + "\n";
  }
  REQUIRE(MergeText(base, many, other).conflicts == 1);
  REQUIRE(MergeText(base, many + "x\n", other).outcome == Outcome::kTooLarge);
  REQUIRE(MergeText(std::string(8u << 20, 'x') + "y", "a", "b").outcome == Outcome::kTooLarge);
}

TEST_CASE("texts of few different lines in any order do not exhaust the differ") {
  testing::RandomText random(7);
  TextLines base, ours, theirs;
  for (size_t i = 0; i < 20'000; ++i) {
    base.push_back(random.CommonLine());
    ours.push_back(random.CommonLine());
  }
  theirs = base;
  theirs.push_back("end\n");
  const Merged merged = MergeText(Join(base), Join(ours), Join(theirs));
  REQUIRE(Count(merged.text, "end\n") == 1);
}

TEST_CASE("laws of merging hold for any texts") {
  const unsigned seed = 20240817;
  testing::RandomText random(seed);
  const auto any = [&] { return random.CommonLine(); };
  for (int round = 0; round < 5'000; ++round) {
    INFO("seed " << seed << " round " << round);
    TextLines lines;
    for (size_t i = random.Below(12); i > 0; --i) lines.push_back(any());
    const std::string base = Join(lines);
    const std::string ours = Join(random.Edit(lines, 3, any)), theirs = Join(random.Edit(lines, 3, any));
    REQUIRE(MergeText(base, ours, base).text == ours);
    REQUIRE(MergeText(base, base, theirs).text == theirs);
    REQUIRE(MergeText(base, ours, ours).text == ours);
    const Merged one = MergeText(base, ours, theirs), other = MergeText(base, theirs, ours);
    REQUIRE(one.outcome == other.outcome);
    REQUIRE(one.conflicts == Count(one.text, "<<<<<<< ours\n"));
    REQUIRE(one.conflicts == Count(one.text, ">>>>>>> theirs\n"));
    if (one.outcome == Outcome::kClean) REQUIRE(one.text == other.text);
  }
}

// Where no line repeats there is one way to see what changed, and git's answer is the only right one.
TEST_CASE("git merge-file agrees to the byte wherever no line repeats") {
  testing::OtherProgram git;
  if (git.Run("git --version") != 0) {
    WARN("git is not installed: nothing to compare with");
    return;
  }
  const unsigned seed = 99;
  testing::RandomText random(seed);
  const auto fresh = [&] { return random.FreshLine(); };
  int clean = 0, conflicts = 0;
  for (int round = 0; round < 400; ++round) {
    INFO("seed " << seed << " round " << round);
    TextLines lines;
    for (size_t i = random.Below(30); i > 0; --i) lines.push_back(fresh());
    TextLines ours = random.Edit(lines, 4, fresh), theirs = random.Edit(lines, 4, fresh);
    if (!ours.empty() && random.Below(2) == 0) {  // what both add or change alike
      const TextLines both = random.Edit(lines, 3, fresh);
      ours = random.Edit(both, 2, fresh);
      theirs = random.Edit(both, 2, fresh);
    }
    git.Give("base", Join(lines));
    git.Give("ours", Join(ours));
    git.Give("theirs", Join(theirs));
    const int status = git.Run("git merge-file -p -L ours -L base -L theirs ours base theirs");
    const Merged merged = MergeText(Join(lines), Join(ours), Join(theirs));
    INFO(Join(lines) << "== ours\n" << Join(ours) << "== theirs\n" << Join(theirs));
    REQUIRE(merged.text == git.Read("out"));
    REQUIRE((merged.conflicts == 0) == (status == 0));
    merged.conflicts == 0 ? ++clean : ++conflicts;
  }
  REQUIRE(clean > 50);
  REQUIRE(conflicts > 50);
}

}  // namespace
}  // namespace skilltrail::text
