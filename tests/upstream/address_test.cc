#include "engine/upstream/address.h"

#include "engine/upstream/github.h"
#include "engine/upstream/question.h"
// Last, for its CHECK.
#include <catch2/catch.hpp>

namespace skilltrail::upstream {

TEST_CASE("an API address is https, or http to a loopback host") {
  for (const char* good : {"https://api.github.com", "https://api.github.com/", "https://ghe.example/api/v3", "http://127.0.0.1:8080",
                           "http://localhost:1", "http://[::1]:9", "http://127.3.2.1"}) {
    INFO(good);
    REQUIRE(ParseApi(good).ok());
  }
  for (const char* bad : {"", "api.github.com:x", "http://api.github.com", "http://localhost.example.com", "http://127.0.0.1.example.com",
                          "ftp://127.0.0.1", "https://user:secret@api.github.com", "https://api.github.com?x=1", "https://api.github.com#x",
                          "file:///etc/passwd", "http://10.0.0.1"}) {
    INFO(bad);
    const auto refused = ParseApi(bad);
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().code == Code::kUsage);
    REQUIRE(refused.error().message.find("secret") == std::string::npos);
  }
  REQUIRE(ParseApi("https://GHE.example/api/v3/")->url == "https://GHE.example/api/v3");
  REQUIRE(ParseApi("https://GHE.example/api/v3/")->origin == Origin{"https", "ghe.example", "443"});
}

TEST_CASE("hosts are told apart by scheme, name and port") {
  const auto api = *ParseApi("https://api.github.com");
  REQUIRE(ParseRedirect(api, "/repositories/7")->origin == api.origin);
  REQUIRE(ParseRedirect(api, "/repositories/7")->url == "https://api.github.com/repositories/7");
  REQUIRE(ParseRedirect(api, "https://API.github.com:443/x")->origin == api.origin);
  REQUIRE_FALSE(ParseRedirect(api, "https://api.github.com:8443/x")->origin == api.origin);
  REQUIRE_FALSE(ParseRedirect(api, "https://codeload.github.com/x")->origin == api.origin);
  REQUIRE_FALSE(ParseRedirect(api, "//codeload.github.com/x")->origin == api.origin);
}

TEST_CASE("a redirect never gets less safe") {
  const auto api = *ParseApi("https://api.github.com");
  for (const char* bad : {"http://api.github.com/x", "http://127.0.0.1/x", "file:///etc/passwd", "https://a:b@codeload.github.com/", ""}) {
    INFO(bad);
    REQUIRE_FALSE(ParseRedirect(api, bad).ok());
  }
  const auto local = *ParseApi("http://127.0.0.1:80");
  REQUIRE(ParseRedirect(local, "http://127.0.0.1:81/x").ok());
  REQUIRE_FALSE(ParseRedirect(local, "http://codeload.github.com/x").ok());
}

TEST_CASE("names and refs are percent-encoded, slashes of a ref stay") {
  using Kind = Question::Kind;
  REQUIRE(*Path({Kind::kCommit, "acme/kit", "feature/a b#1%\xc3\xa9?"}) == "/repos/acme/kit/commits/feature/a%20b%231%25%C3%A9%3F");
  REQUIRE(*Path({Kind::kCommit, "acme/kit.js", ""}) == "/repos/acme/kit.js/commits/HEAD");
  REQUIRE(*Path({Kind::kTree, "acme/kit", std::string(40, 'a')}) == "/repos/acme/kit/git/trees/" + std::string(40, 'a') + "?recursive=1");
  REQUIRE_FALSE(Path({Kind::kBlob, "acme/kit", "main"}).ok());
  REQUIRE_FALSE(Path({Kind::kCommit, "acme/kit", "a\nb"}).ok());
  REQUIRE_FALSE(Path({Kind::kRepository, "acme/..", ""}).ok());
}

TEST_CASE("a token that could end its header line is refused and not repeated") {
  GithubOptions options;
  options.token = "abc\r\nX-Evil: 1";
  const auto refused = MakeGithub(options);
  REQUIRE_FALSE(refused.ok());
  REQUIRE(refused.error().code == Code::kUsage);
  REQUIRE(refused.error().message.find("abc") == std::string::npos);
}

}  // namespace skilltrail::upstream
