#include "engine/collection/merge.h"

#include <catch2/catch.hpp>

#include <map>

namespace skilltrail::collection {
namespace {

using Files = std::map<std::string, std::string>;

Content Of(const Files& files) {
  Content content;
  for (const auto& [path, bytes] : files) content.files.push_back({path, false, bytes});
  SortFiles(content);
  return content;
}

Files In(const Content& content) {
  Files files;
  for (const auto& file : content.files) files[file.path] = file.bytes;
  return files;
}

TEST_CASE("a file that one side changed takes that side, deletions and additions included") {
  const auto merged =
      MergeContents(Of({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}), Of({{"a", "mine"}, {"b", "1"}, {"d", "1"}, {"new", "mine"}}),
                    Of({{"a", "1"}, {"b", "theirs"}, {"c", "1"}, {"their", "new"}}));
  REQUIRE(merged.conflicts.empty());
  REQUIRE(In(merged.content) == Files{{"a", "mine"}, {"b", "theirs"}, {"new", "mine"}, {"their", "new"}});
}

TEST_CASE("the same change on both sides is none in conflict") {
  const auto merged = MergeContents(Of({{"a", "1"}, {"b", "1"}}), Of({{"a", "2"}}), Of({{"a", "2"}}));
  REQUIRE(merged.conflicts.empty());
  REQUIRE(In(merged.content) == Files{{"a", "2"}});
}

TEST_CASE("a file that both sides changed is a conflict, so is one changed here and deleted there") {
  const auto merged =
      MergeContents(Of({{"a", "1"}, {"b", "1"}, {"c", "1"}}), Of({{"a", "2"}, {"b", "2"}, {"c", "1"}}), Of({{"a", "3"}, {"c", "9"}}));
  REQUIRE(merged.conflicts == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a text that both sides changed in different lines is merged by lines") {
  const auto merged = MergeContents(Of({{"a", "1\n2\n3\n4\n5\n"}}), Of({{"a", "mine\n2\n3\n4\n5\n"}}), Of({{"a", "1\n2\n3\n4\ntheirs\n"}}));
  REQUIRE(merged.conflicts.empty());
  REQUIRE(In(merged.content) == Files{{"a", "mine\n2\n3\n4\ntheirs\n"}});
}

TEST_CASE("a conflict of texts has markers, one of other bytes leaves ours, one with a deletion leaves what is there") {
  const std::string ours("\0ours", 5), theirs("\0theirs", 7);
  const auto merged = MergeContents(Of({{"text", "1\n"}, {"bytes", "1"}, {"gone", "1"}}), Of({{"text", "2\n"}, {"bytes", ours}}),
                                    Of({{"text", "3\n"}, {"bytes", theirs}, {"gone", "9"}}), {"collection", "project"});
  REQUIRE(merged.conflicts == std::vector<std::string>{"bytes", "gone", "text"});
  REQUIRE(In(merged.content) == Files{{"bytes", ours}, {"gone", "9"}, {"text", "<<<<<<< collection\n2\n=======\n3\n>>>>>>> project\n"}});
}

TEST_CASE("a file that both sides added, each in its way, is a conflict") {
  REQUIRE(MergeContents(Of({}), Of({{"a", "2\n"}}), Of({{"a", "3\n"}})).conflicts == std::vector<std::string>{"a"});
}

TEST_CASE("an executable bit is a change of its own") {
  Content theirs = Of({{"run", "1"}});
  theirs.files.front().executable = true;
  const auto merged = MergeContents(Of({{"run", "1"}}), Of({{"run", "1"}}), theirs);
  REQUIRE(merged.content.files.front().executable);
}

}  // namespace
}  // namespace skilltrail::collection
