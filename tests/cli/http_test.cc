#include "cli/http/door.h"
#include "cli/http/server.h"
#include "cli/http/target.h"

#include <catch2/catch.hpp>

namespace skilltrail::cli::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a target is taken apart and decoded, once") {
  const auto target = ParseTarget("/api/v1/artifacts/skill%3Apdf?at=run%3A3&grep=a+b%2B&empty=&bare");
  REQUIRE(target.has_value());
  REQUIRE(target->segments == std::vector<std::string>{"api", "v1", "artifacts", "skill:pdf"});
  REQUIRE(target->parameters == Pairs{{"at", "run:3"}, {"grep", "a b+"}, {"empty", ""}, {"bare", ""}});
  REQUIRE(ParseTarget("/%252e")->segments == std::vector<std::string>{"%2e"});
  REQUIRE(ParseTarget("/")->segments.empty());
}

TEST_CASE("a target that plays tricks is none") {
  for (const char* text :
       {"",      "x",  "*",   "http://h/", "//a",  "/a/",  "/a//b",   "/.",         "/a/..",         "/%2e%2e", "/a%2fb",  "/a%5Cb",
        "/a\\b", "/%", "/%4", "/%zz",      "/%00", "/%ff", "/%c0%af", "/%ed%a0%80", "/%f5%80%80%80", "/a?%",    "/a?b=%ff"}) {
    INFO(text);
    REQUIRE(!ParseTarget(text).has_value());
  }
  std::string many = "/a?";
  for (int i = 0; i < 100; ++i) many += "x=1&";
  REQUIRE(!ParseTarget(many).has_value());
}

TEST_CASE("a parameter that is unknown, given twice or out of range is named") {
  const Parameters given({{"limit", "12"}, {"type", "a,b"}, {"type", "c"}, {"flag", "true"}, {"odd", "1x"}});
  REQUIRE(given.CheckKnown({"limit", "type", "flag", "odd"}, {"type"}).ok());
  REQUIRE(given.CheckKnown({"limit", "type", "flag", "odd"}, {}).error().message.find("'type'") == std::string::npos);
  const std::vector<std::pair<std::string, std::string>> misspelt = {{"limt", "1"}};
  const Status unknown = Parameters(misspelt).CheckKnown({"limit"}, {});
  REQUIRE(unknown.error().code == Code::kUsage);
  REQUIRE(unknown.error().hint == "did you mean \"limit\"?");
  REQUIRE(*given.Number("limit", 1, 12).value() == 12);
  REQUIRE(given.Number("limit", 13, 20).error().code == Code::kUsage);
  REQUIRE(given.Number("odd", 0, 9).error().code == Code::kUsage);
  REQUIRE(!given.Number("absent", 0, 9).value().has_value());
  REQUIRE(given.List("type") == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(given.Flag("flag").value());
  REQUIRE(!given.Flag("absent").value());
  REQUIRE(!given.Flag("limit").ok());
}

TEST_CASE("base64url is read with padding and without") {
  REQUIRE(FromBase64Url("L3RtcC9hIGI_") == "/tmp/a b?");
  REQUIRE(FromBase64Url("L3Q=") == "/t");
  REQUIRE(FromBase64Url("L3Q") == "/t");
  REQUIRE(FromBase64Url("") == "");
  for (const char* text : {"L", "L3RtcC9hIGI/", "a b", "L3Q=x"}) REQUIRE(!FromBase64Url(text).has_value());
}

TEST_CASE("a secret is itself alone") {
  REQUIRE(SameSecret("token", "token"));
  for (const char* wrong : {"", "tokeN", "toke", "token ", "tokentoken"}) REQUIRE(!SameSecret(wrong, "token"));
}

TEST_CASE("an address and a port are told from nonsense") {
  REQUIRE(ParseEndpoint("127.0.0.1:80")->port == 80);
  REQUIRE(ParseEndpoint("[::1]:0")->address == "::1");
  REQUIRE(ParseEndpoint("localhost:1")->address == "127.0.0.1");
  for (const char* text : {"", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "host:80", "1.2.3.4.5:6"}) {
    INFO(text);
    REQUIRE(ParseEndpoint(text).error().code == Code::kUsage);
  }
  REQUIRE(IsLoopback("127.9.9.9"));
  REQUIRE(IsLoopback("::1"));
  REQUIRE(!IsLoopback("0.0.0.0"));
  REQUIRE(!IsLoopback("localhost.evil"));
}

TEST_CASE("every route has an id of its own, a summary and an answer") {
  std::vector<std::string> ids;
  for (const Route& route : Routes()) {
    INFO(route.id);
    REQUIRE(!route.summary.empty());
    REQUIRE(!route.answers.empty());
    REQUIRE(route.handle != nullptr);
    REQUIRE(std::find(ids.begin(), ids.end(), route.id) == ids.end());
    ids.push_back(route.id);
  }
  REQUIRE(FindRoute("HEAD", {"api", "v1", "events"}).route->id == "listEvents");
  REQUIRE(FindRoute("GET", {"healthz"}).route->id == "health");
  REQUIRE(FindRoute("GET", {"events"}).allowed.empty());
  REQUIRE(FindRoute("PUT", {"api", "v1", "versions", "snapshots"}).route == nullptr);
  REQUIRE(FindRoute("PUT", {"api", "v1", "versions", "snapshots"}).allowed == std::vector<std::string>{"GET", "HEAD", "POST"});
}

}  // namespace
}  // namespace skilltrail::cli::http
