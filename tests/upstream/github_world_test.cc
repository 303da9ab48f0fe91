// The pretended GitHub itself: its ids are git's, and what the product ships for it can be served.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "tests/support/github_world.h"
#include "tests/support/temp_dir.h"
#include "tests/upstream/upstream_fixture.h"
// Last, for its CHECK.
#include <catch2/catch.hpp>

namespace skilltrail::testing {
namespace {

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  std::string out;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr) out += buffer;
  return out;
}

}  // namespace

TEST_CASE("commit and tree ids are those that git gives") {
  const TempDir folder;
  const std::string path = (folder / "kit.git").string();
  const auto& kit = Reference().At("acme/kit");
  if (!WriteGitRepository(kit, path)) {
    WARN("skipped: git is not here");
    return;
  }
  std::string expected;
  for (const auto& commit : kit.commits()) expected = commit.sha + " " + commit.tree + "\n" + expected;
  REQUIRE(OutputOf("git --git-dir " + path + " log --format='%H %T' main") == expected);
}

TEST_CASE("the repositories that are shipped for tests and the demo can be loaded") {
  GithubWorld world;
  world.Load(std::string(SKILLTRAIL_SOURCE_DIR) + "/tests/data/github");
  const auto* kit = world.Find("Acme/Agent-Kit");
  REQUIRE(kit != nullptr);
  REQUIRE(kit->commits().size() == 4);
  REQUIRE(kit->Resolve("v1.0") == &kit->commits()[0]);
  REQUIRE(kit->Resolve("main") == &kit->commits()[3]);
  const auto& rows = *kit->TreeRows(kit->Resolve("")->tree);
  const auto run =
      std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.path == "skills/changelog-writer/scripts/commits.sh"; });
  REQUIRE(run != rows.end());
  REQUIRE(run->mode == "100755");
  REQUIRE(world.Find("acme/review-tools")->commits().size() == 2);
}

TEST_CASE("an unknown member of a repository is refused, not ignored") {
  GithubWorld world;
  REQUIRE_THROWS(world.At("a/b").Set({{"topic", {"x"}}}));
}

}  // namespace skilltrail::testing
