#include "engine/refresh/listing.h"

#include <catch2/catch.hpp>

namespace skilltrail::refresh {
namespace {

upstream::RemoteTree Tree(bool truncated, std::vector<upstream::RemoteEntry> entries) {
  upstream::RemoteTree tree;
  tree.sha = "root";
  tree.truncated = truncated;
  tree.entries = std::move(entries);
  return tree;
}

checkout::Listing Whole(upstream::RemoteTree tree) {
  checkout::Listing listing;
  listing.tree = std::move(tree);
  return listing;
}

TEST_CASE("a whole listing lacks nothing, and what it does not name is not there") {
  const Listing listing(
      Whole(Tree(false, {{"skills", "040000", "t1"}, {"skills/pdf", "040000", "t2"}, {"skills/pdf/SKILL.md", "100644", "b1"}})));
  REQUIRE_FALSE(listing.MissingFor("skills/pdf"));
  REQUIRE(listing.Find("skills/pdf")->git_id == "t2");
  REQUIRE(listing.Find("skills/pdf/SKILL.md")->single_file);
  REQUIRE_FALSE(listing.Find("skills/pd"));
  REQUIRE(listing.Find("")->git_id == "root");
  REQUIRE(listing.MetadataFile(ArtifactType::kSkill, "skills/pdf")->sha == "b1");
}

TEST_CASE("a submodule or a link at the path is no artifact") {
  const Listing listing(Whole(Tree(false, {{"sub", "160000", "c1"}, {"link", "120000", "b1"}})));
  REQUIRE_FALSE(listing.Find("sub"));
  REQUIRE_FALSE(listing.Find("link"));
}

TEST_CASE("a cut listing is completed from the deepest directory that it names") {
  Listing listing(Whole(Tree(true, {{"skills", "040000", "t1"}})));
  auto missing = listing.MissingFor("skills/pdf");
  REQUIRE(missing->path == "skills");
  REQUIRE(missing->tree == "t1");
  listing.Add("skills", Tree(true, {{"pdf", "040000", "t2"}}));
  missing = listing.MissingFor("skills/pdf");
  REQUIRE(missing->tree == "t2");
  listing.Add("skills/pdf", Tree(false, {{"SKILL.md", "100644", "b1"}}));
  REQUIRE_FALSE(listing.MissingFor("skills/pdf"));
  REQUIRE(listing.MetadataFile(ArtifactType::kSkill, "skills/pdf")->sha == "b1");
  // Its neighbour is still unknown, which is not the same as absent.
  REQUIRE(listing.MissingFor("skills/doc"));
}

TEST_CASE("a directory that was listed whole says what is not in it") {
  Listing listing(Whole(Tree(true, {{"skills", "040000", "t1"}})));
  listing.Add("skills", Tree(false, {{"doc", "040000", "t3"}}));
  REQUIRE_FALSE(listing.MissingFor("skills/pdf"));
  REQUIRE_FALSE(listing.Find("skills/pdf"));
}

TEST_CASE("a listing that was cut before the path can even be asked for says so") {
  const Listing listing(Whole(Tree(true, {{"a", "040000", "t1"}})));
  const auto missing = listing.MissingFor("skills/pdf");
  REQUIRE(missing);
  REQUIRE(missing->tree.empty());
}

}  // namespace
}  // namespace skilltrail::refresh
