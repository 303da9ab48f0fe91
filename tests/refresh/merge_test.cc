#include "engine/refresh/merge.h"

#include <catch2/catch.hpp>

#include <map>

namespace skilltrail::refresh {
namespace {

using Files = std::map<std::string, std::string>;

collection::Content Of(const Files& files) {
  collection::Content content;
  for (const auto& [path, bytes] : files) content.files.push_back({path, false, bytes});
  collection::SortFiles(content);
  return content;
}

Files In(const collection::Content& content) {
  Files files;
  for (const auto& file : content.files) files[file.path] = file.bytes;
  return files;
}

TEST_CASE("a file that one side changed takes that side, deletions and additions included") {
  const auto merged =
      Merge(Of({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}), Of({{"a", "mine"}, {"b", "1"}, {"d", "1"}, {"new", "mine"}}),
            Of({{"a", "1"}, {"b", "theirs"}, {"c", "1"}, {"their", "new"}}));
  REQUIRE(merged.conflicts.empty());
  REQUIRE(In(merged.content) == Files{{"a", "mine"}, {"b", "theirs"}, {"new", "mine"}, {"their", "new"}});
}

TEST_CASE("the same change on both sides is none in conflict") {
  const auto merged = Merge(Of({{"a", "1"}, {"b", "1"}}), Of({{"a", "2"}}), Of({{"a", "2"}}));
  REQUIRE(merged.conflicts.empty());
  REQUIRE(In(merged.content) == Files{{"a", "2"}});
}

TEST_CASE("a file that both sides changed is a conflict, so is one changed here and deleted there") {
  const auto merged =
      Merge(Of({{"a", "1"}, {"b", "1"}, {"c", "1"}}), Of({{"a", "2"}, {"b", "2"}, {"c", "1"}}), Of({{"a", "3"}, {"c", "9"}}));
  REQUIRE(merged.conflicts == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an executable bit is a change of its own") {
  collection::Content theirs = Of({{"run", "1"}});
  theirs.files.front().executable = true;
  const auto merged = Merge(Of({{"run", "1"}}), Of({{"run", "1"}}), theirs);
  REQUIRE(merged.content.files.front().executable);
}

}  // namespace
}  // namespace skilltrail::refresh
