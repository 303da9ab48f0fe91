#include "engine/collection/tree.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

TreeEntry Entry(std::string path, bool executable = false) {
  return {std::move(path), executable, 3, Sha256("abc")};
}

Tree TreeOf(std::vector<std::string> paths) {
  Tree tree;
  for (auto& path : paths) tree.entries.push_back(Entry(std::move(path)));
  return tree;
}

TEST_CASE("paths are ordered by their components") {
  const std::vector<std::string> ordered = {"A", "a", "a/b", "a/z", "a-b", "a.b", "a.txt", "aa", "\xc3\xa9.md"};
  std::vector<std::string> shuffled = ordered;
  std::mt19937 random(1);
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  std::sort(shuffled.begin(), shuffled.end(), PathLess);
  REQUIRE(shuffled == ordered);
  REQUIRE_FALSE(PathLess("a/b", "a/b"));
}

TEST_CASE("a tree's bytes are as written down") {
  Tree tree;
  tree.entries = {Entry("run", true), Entry("a b/c")};
  tree.Sort();
  const std::string hex = Sha256("abc").hex();
  const std::string expected = "skilltrail-tree 1\n100644 3 " + hex + " a b/c" + '\0' + "100755 3 " + hex + " run" + '\0';
  REQUIRE(tree.Encode() == expected);
  auto decoded = DecodeTree(expected);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->entries == tree.entries);
  REQUIRE(decoded->bytes() == 6);
  REQUIRE(decoded->Find("run") == &decoded->entries[1]);
  REQUIRE(decoded->Find("a b") == nullptr);
  REQUIRE(decoded->Find("z") == nullptr);
}

TEST_CASE("bytes that are no tree, or not in canonical form, are refused") {
  const std::string hex = Sha256("abc").hex();
  std::string upper = hex;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string head = "skilltrail-tree 1\n";
  const std::string nul(1, '\0');
  const std::vector<std::string> bad = {
      "",
      "skilltrail-tree 2\n",
      head + "100644",
      head + "100644 3 " + hex + " a",
      head + "100644 3 " + hex + " " + nul,
      head + "100600 3 " + hex + " a" + nul,
      head + "100644 03 " + hex + " a" + nul,
      head + "100644 -3 " + hex + " a" + nul,
      head + "100644 3x " + hex + " a" + nul,
      head + "100644 99999999999999999999 " + hex + " a" + nul,
      head + "100644 3 " + upper + " a" + nul,
      head + "100644 3 " + hex.substr(1) + " a" + nul,
      head + "100644 3 " + hex + " /a" + nul,
      head + "100644 3 " + hex + " a/../b" + nul,
      head + "100644 3 " + hex + " \xff" + nul,
      head + "100644 3 " + hex + " a" + nul + "\n",
      TreeOf({"a", "a"}).Encode(),
      TreeOf({"b", "a"}).Encode(),
      TreeOf({"a", "a/b"}).Encode(),
      TreeOf({"a/.git/config"}).Encode(),
      TreeOf({".git"}).Encode(),
  };
  for (const auto& bytes : bad) {
    INFO(bytes);
    auto decoded = DecodeTree(bytes);
    REQUIRE_FALSE(decoded.ok());
    REQUIRE(decoded.error().code == Code::kCorrupt);
  }
  REQUIRE(DecodeTree(head).ok());
  REQUIRE(DecodeTree(TreeOf({"a/.gitignore", "a-b"}).Encode()).ok());
}

TEST_CASE("mutated trees are refused or decode to what encodes to the same bytes") {
  const std::string good = TreeOf({"SKILL.md", "a/b", "a-b"}).Encode();
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
      const size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, 1 + random() % 4);
          break;
        default:
          bytes.insert(at, 1, static_cast<char>(random()));
          break;
      }
      if (bytes.empty()) bytes = " ";
    }
    auto decoded = DecodeTree(bytes);
    if (decoded.ok()) REQUIRE(decoded->Encode() == bytes);
  }
}

TEST_CASE("trees are compared file by file") {
  Tree before = TreeOf({"a", "b/c", "d", "same"});
  Tree after = TreeOf({"a", "b-c", "d", "same"});
  after.entries[0].executable = true;
  after.entries[2].digest = Sha256("other");
  const auto changes = CompareTrees(before, after);
  std::string text;
  for (const auto& change : changes) text += std::string(FileChangeName(change.kind)) + " " + change.path + "\n";
  REQUIRE(text == "modified a\nremoved b/c\nadded b-c\nmodified d\n");
  REQUIRE(CompareTrees(before, before).empty());
}

}  // namespace
}  // namespace skilltrail::collection
