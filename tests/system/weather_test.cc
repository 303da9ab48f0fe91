// Upstream as it can be: away, half gone, or unwilling. What is not learned is never read as gone, and a token is never told.
#include <catch2/catch.hpp>

#include "tests/system/world.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The artifacts as listed, without the moments of looking at them.
json Listed(const World& world) {
  auto artifacts = world.Json({"list"}).at("artifacts");
  for (auto& artifact : artifacts) {
    for (const auto* moment : {"as_of", "tags_checked_at", "last_refreshed_at"}) artifact.erase(moment);
  }
  return artifacts;
}

void RequireNowhere(const World& world, const std::string& secret) {
  for (const auto& entry : fs::recursive_directory_iterator(world.root())) {
    INFO(entry.path());
    if (entry.is_regular_file()) REQUIRE(ReadFile(entry.path()).find(secret) == std::string::npos);
  }
  const auto log = world.Run({"log", "-o", "ndjson"});
  REQUIRE(log.code == 0);
  REQUIRE(log.out.find(secret) == std::string::npos);
}

}  // namespace

TEST_CASE("with upstream away nothing is added, and what is known stays known") {
  World world;
  REQUIRE(world.Run({"add", "acme/agent-kit", "--all"}).code == 0);
  REQUIRE(world.Run({"refresh"}).code == 0);
  const auto listed = Listed(world);
  const auto files = FilesBelow(world.collection());
  world.CloseGithub();
  const auto anchor = world.anchor();
  const auto added = world.Run({"add", "acme/review-tools", "--all"});
  INFO(added.err);
  REQUIRE(added.code == 7);
  REQUIRE(added.err.rfind("error: ", 0) == 0);
  REQUIRE(world.anchor() == anchor);
  for (const Arguments& refresh : {Arguments{"refresh"}, Arguments{"refresh", "--check"}, Arguments{"refresh", "--sync"}}) {
    const auto report = world.JsonEnding(7, refresh);
    REQUIRE(report.at("status") == "failed");
    REQUIRE(report.at("summary").at("error_count") == 8);
    REQUIRE(Listed(world) == listed);
  }
  auto after = FilesBelow(world.collection());
  REQUIRE((after == files));
  world.RequireDiskFollowsLog("default");
}

TEST_CASE("of two repositories one is gone: the other is refreshed, and its own artifacts stay") {
  World world;
  REQUIRE(world.Run({"add", "acme/agent-kit", "acme/review-tools", "--all"}).code == 0);
  REQUIRE(world.Run({"refresh"}).code == 0);
  world.Set({{"repo", "acme/review-tools"}, {"gone", true}});
  world.Set({{"repo", "acme/agent-kit"}, {"topics", {"fresh"}}});
  const auto before = world.Json({"list"}).at("artifacts");
  const auto report = world.JsonEnding(8, {"refresh"});
  REQUIRE(report.at("status") == "partial");
  for (const auto& detail : report.at("details")) {
    INFO(detail.dump());
    const auto shown = world.Json({"show", detail.at("artifact_id")});
    if (shown.at("source").get<std::string>().rfind("acme/agent-kit/", 0) == 0) {
      REQUIRE(detail.at("status") == "refreshed");
      REQUIRE(shown.at("imported_tags") == json::array({"fresh"}));
    } else {
      REQUIRE(detail.at("status") == "error");
      REQUIRE(detail.at("error").is_string());
      REQUIRE(shown.at("imported_tags") == json::array({"code-review"}));
    }
  }
  REQUIRE(world.Json({"list"}).at("artifacts").size() == before.size());
  world.RequireDiskFollowsLog("default");
}

TEST_CASE("a token is sent to upstream and told to nobody else") {
  const std::string secret = "ghp_0123456789abcdefSECRET";
  World world(SiteOptions{.tokens = {"another"}});
  const std::vector<std::string> variables = {"SKILLTRAIL_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"};
  for (const auto& variable : variables) {
    world.environment[variable] = secret;
    for (const Arguments& command :
         {Arguments{"add", "acme/agent-kit", "--all", "-v"}, Arguments{"--json", "add", "acme/agent-kit", "--all"}}) {
      const auto ending = world.Run(command);
      INFO(variable << ": " << ending.out << ending.err);
      REQUIRE(ending.code == 7);
      REQUIRE((ending.out + ending.err).find(secret) == std::string::npos);
    }
    world.environment.erase(variable);
  }
  const auto log = world.github().site().Log();
  REQUIRE(!log.empty());
  REQUIRE(log.front().status == 401);
  REQUIRE(log.front().authorized);
  RequireNowhere(world, secret);
}

TEST_CASE("a token that is good, in a file, or in an address is not written down either") {
  const std::string secret = "ghp_0123456789abcdefSECRET";
  World world(SiteOptions{.tokens = {secret}});
  world.environment["GITHUB_TOKEN"] = secret;
  REQUIRE(world.Run({"add", "acme/agent-kit", "--all"}).code == 0);
  const auto refreshed = world.Run({"refresh", "-v"});
  REQUIRE(refreshed.code == 0);
  REQUIRE((refreshed.out + refreshed.err).find(secret) == std::string::npos);
  const auto addressed = world.Run({"add", "https://ada:" + secret + "@github.com/acme/review-tools", "--all"});
  INFO(addressed.out << addressed.err);
  REQUIRE((addressed.out + addressed.err).find(secret) == std::string::npos);
  RequireNowhere(world, secret);
}

}  // namespace skilltrail::testing
