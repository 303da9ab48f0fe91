// An upstream that answers wrongly, or leads elsewhere.
#include <chrono>

#include "engine/upstream/answer.h"
#include "events/digest.h"
#include "tests/support/github_server.h"
#include "tests/support/github_tarball.h"
#include "tests/upstream/upstream_fixture.h"
// Last, for its CHECK.
#include <catch2/catch.hpp>

namespace skilltrail::testing {
namespace {

const Question kKit{Kind::kRepository, "acme/kit", {}};

json Status(int status, const std::string& body) {
  return json::array({{{"match", "acme"}, {"times", 1000}, {"status", status}, {"body", body}}});
}

json RedirectTo(const std::string& where, int status = 302) {
  return json::array({{{"match", "acme"}, {"times", 1000}, {"status", status}, {"headers", {{"Location", where}}}}});
}

json GoodRepository() {
  return {{"id", 77},
          {"full_name", "acme/kit"},
          {"html_url", "https://github.com/acme/kit"},
          {"description", nullptr},
          {"license", nullptr},
          {"default_branch", "main"},
          {"topics", json::array()},
          {"archived", false},
          {"private", false}};
}

json GoodTree(const std::string& sha) {
  return {
      {"sha", sha}, {"truncated", false}, {"tree", {{{"path", "a/b"}, {"mode", "100644"}, {"type", "blob"}, {"sha", sha}, {"size", 1}}}}};
}

void RequireBroken(NetworkLab& lab, const Question& question, const std::string& body) {
  lab.Faults(Status(200, body));
  const auto answer = AskFor(lab, question);
  INFO(body.substr(0, 200));
  REQUIRE_FALSE(answer.ok());
  REQUIRE(answer.error().code == Code::kUpstream);
  REQUIRE(Has(answer.error().message, "broken answer"));
}

}  // namespace

TEST_CASE("a body that is no JSON, or nested without end, is a broken answer") {
  const auto lab = MakeServerLab(StockUp);
  const std::vector<std::string> bodies = {"",
                                           "<html>502</html>",
                                           "{\"id\": 77,",
                                           "[]",
                                           "null",

                                           std::string(100'000, '['),
                                           "{\"id\":" + std::string(100'000, '[')};
  for (const auto& body : bodies) {
    RequireBroken(*lab, kKit, body);
  }
  const auto no_utf8 = upstream::ReadAnswer(kKit, "{\"full_name\": \"\xff\xfe\"}");
  REQUIRE_FALSE(no_utf8.ok());
  REQUIRE(no_utf8.error().code == Code::kUpstream);
}

TEST_CASE("a repository that lacks a member, or has one of another type, is a broken answer and not an empty one") {
  const auto lab = MakeServerLab(StockUp);
  lab->Faults(Status(200, GoodRepository().dump()));
  REQUIRE(AskFor(*lab, kKit).ok());
  const json good = GoodRepository();
  for (const auto& [name, value] : good.items()) {
    json lacking = GoodRepository();
    lacking.erase(name);
    RequireBroken(*lab, kKit, lacking.dump());
    json other = GoodRepository();
    other[name] = json{{"other", 1}};
    RequireBroken(*lab, kKit, other.dump());
  }
  json strange = GoodRepository();
  strange["full_name"] = "acme/../../etc";
  RequireBroken(*lab, kKit, strange.dump());
}

TEST_CASE("a tree that is another one, or leads out of the repository, is a broken answer") {
  const auto lab = MakeServerLab(StockUp);
  const std::string sha = CommitOfKit("").tree;
  const Question question{Kind::kTree, "acme/kit", sha};
  lab->Faults(Status(200, GoodTree(sha).dump()));
  REQUIRE(AskFor(*lab, question).ok());
  RequireBroken(*lab, question, GoodTree(CommitOfKit("v1.0").tree).dump());
  for (const char* path : {"../a", "/etc/passwd", "a/../../b", "", "a//b"}) {
    json tree = GoodTree(sha);
    tree["tree"][0]["path"] = path;
    RequireBroken(*lab, question, tree.dump());
  }
  json mode = GoodTree(sha);
  mode["tree"][0]["mode"] = "777";
  RequireBroken(*lab, question, mode.dump());
}

TEST_CASE("a truncated tree says so") {
  const auto lab = MakeServerLab(StockUp);
  const std::string sha = CommitOfKit("").tree;
  json tree = GoodTree(sha);
  tree["truncated"] = true;
  tree["tree"][0]["mode"] = "100664";  // what git itself reads as 100644
  lab->Faults(Status(200, tree.dump()));
  const auto answer = AskFor(*lab, {Kind::kTree, "acme/kit", sha});
  REQUIRE(answer->tree.truncated);
  REQUIRE(answer->tree.entries.at(0).mode == "100644");
}

TEST_CASE("an answer beyond the size limit is refused while it comes") {
  const auto lab = MakeServerLab([](GithubWorld& world) {
    StockUp(world);
    world.At("acme/kit").Commit("large", {{"large", {std::string(3u << 20, 'x')}}});
  });
  auto options = Quick();
  options.max_json_bytes = 100;
  options.max_content_bytes = 1u << 20;
  const auto client = lab->Connect(std::move(options));
  const std::string blob = GitBlobId(std::string(3u << 20, 'x'));
  const auto answers = AskInOrder(*client, {kKit, {Kind::kBlob, "acme/kit", blob}, {Kind::kBlob, "acme/kit", GitBlobId("# Kit\n")}});
  for (size_t i = 0; i < 2; ++i) {
    REQUIRE(answers[i].error().code == Code::kUpstream);
    REQUIRE(Has(answers[i].error().message, "larger"));
  }
  REQUIRE(answers[2]->bytes == "# Kit\n");
  REQUIRE(client->ledger().sent == 3);  // no second try
  REQUIRE(AskFor(*lab, {Kind::kBlob, "acme/kit", blob})->bytes.size() == 3u << 20);
}

TEST_CASE("what is longer than its question allows is refused, long before the limit of all answers") {
  const auto lab = MakeServerLab([](GithubWorld& world) {
    StockUp(world);
    world.At("acme/kit").Commit("large", {{"large", {std::string(3u << 20, 'x')}}});
  });
  upstream::Question blob{Kind::kBlob, "acme/kit", GitBlobId(std::string(3u << 20, 'x'))};
  blob.size = 3u << 20;
  REQUIRE(AskFor(*lab, blob).ok());
  blob.size = (3u << 20) - 1;
  REQUIRE(Has(AskFor(*lab, blob).error().message, "larger"));
  for (const int status : {200, 404, 422}) {
    lab->Faults(Status(status, "{\"message\": \"" + std::string(2u << 20, 'x') + "\"}"));
    REQUIRE(Has(AskFor(*lab, kKit).error().message, "larger"));
  }
}

TEST_CASE("a compressed body is unpacked, and its limit is that of what comes out") {
  SiteOptions site;
  site.tokens = {"good-token"};
  GithubServer server({site, 0});
  std::string packed;
  server.site().With([&](GithubWorld& world) {
    auto& repository = world.At("acme/kit");
    packed = MakeTarball(repository, repository.Commit("large", {{"large", {std::string(3u << 20, 'x')}}}));
  });
  REQUIRE(packed.size() < 1u << 17);
  server.site().Control(
      "faults",
      json::array({{{"match", "acme"}, {"times", 9}, {"status", 200}, {"body", packed}, {"headers", {{"Content-Encoding", "gzip"}}}}}));
  const Question question{Kind::kBlob, "acme/kit", std::string(40, '0')};
  auto options = Quick();
  options.api = server.url();
  const auto unpacked = AskOne(**upstream::MakeGithub(options), question);
  REQUIRE(unpacked.ok());
  REQUIRE(unpacked->bytes.size() > 3u << 20);
  options.max_content_bytes = 1u << 20;
  const auto refused = AskOne(**upstream::MakeGithub(options), question);
  REQUIRE_FALSE(refused.ok());
  REQUIRE(Has(refused.error().message, "larger"));
}

TEST_CASE("a tarball may lie on another host, which gets no token") {
  GithubServer elsewhere({});
  elsewhere.site().With(StockUp);
  const auto lab = MakeServerLab(StockUp);
  const std::string sha = CommitOfKit("").sha;
  lab->Faults(RedirectTo(elsewhere.url() + "/_codeload/acme/kit/legacy.tar.gz/" + sha));
  const auto answer = AskFor(*lab, {Kind::kTarball, "acme/kit", sha});
  REQUIRE(answer.ok());
  REQUIRE(answer->bytes.substr(0, 2) == "\x1f\x8b");
  REQUIRE(lab->Log().size() == 1);
  REQUIRE(lab->Log()[0].authorized);
  const auto log = elsewhere.site().Log();
  REQUIRE(log.size() == 1);
  REQUIRE_FALSE(log[0].authorized);
  REQUIRE(log[0].api_version.empty());
}

TEST_CASE("the other host may not lead on, not even back") {
  GithubServer elsewhere({});
  const auto lab = MakeServerLab(StockUp);
  const std::string sha = CommitOfKit("").sha;
  lab->Faults(RedirectTo(elsewhere.url() + "/acme"));
  elsewhere.site().Control("faults", RedirectTo(lab->url() + "/user?secret=1"));
  const auto answer = AskFor(*lab, {Kind::kTarball, "acme/kit", sha});
  REQUIRE_FALSE(answer.ok());
  REQUIRE(answer.error().code == Code::kUpstream);
  REQUIRE_FALSE(Has(answer.error().message, "secret"));
  REQUIRE(lab->requests() == 1);
  REQUIRE(elsewhere.site().Log().size() == 1);
}

TEST_CASE("what the other host says of limits and tokens is not the API's word") {
  GithubServer elsewhere({});
  const auto lab = MakeServerLab(StockUp);
  const std::string sha = CommitOfKit("").sha;
  lab->Faults(json::array({{{"match", "tarball"}, {"status", 302}, {"headers", {{"Location", elsewhere.url() + "/acme"}}}}}));
  elsewhere.site().Control("faults", json::array({{{"match", "acme"}, {"status", 403}, {"headers", {{"X-RateLimit-Remaining", 0}}}}}));
  const auto client = lab->Connect(Quick());
  const auto answer = AskOne(*client, {Kind::kTarball, "acme/kit", sha});
  REQUIRE_FALSE(answer.ok());
  REQUIRE(AskOne(*client, kKit).ok());
  REQUIRE_FALSE(client->ledger().blocked_until.has_value());
}

TEST_CASE("nothing but a tarball is followed to another host") {
  GithubServer elsewhere({});
  elsewhere.site().With(StockUp);
  const auto lab = MakeServerLab(StockUp);
  for (const Question& question :
       std::vector<Question>{kKit, {Kind::kCommit, "acme/kit", ""}, {Kind::kBlob, "acme/kit", GitBlobId("# Kit\n")}}) {
    for (const int status : {301, 302, 307, 308}) {
      lab->Faults(RedirectTo(elsewhere.url() + "/repos/acme/kit", status));
      const auto answer = AskFor(*lab, question);
      REQUIRE_FALSE(answer.ok());
      REQUIRE(answer.error().code == Code::kUpstream);
      REQUIRE(Has(answer.error().message, "another host"));
    }
  }
  REQUIRE(elsewhere.site().Log().empty());
}

TEST_CASE("a redirect in a circle, to nowhere, or to another protocol ends") {
  const auto lab = MakeServerLab(StockUp);
  for (const char* where :
       {"/repos/acme/kit", "", "file:///etc/passwd", "http://example.com/x", "http://user:pass@127.0.0.1/", "gopher://127.0.0.1/"}) {
    lab->Faults(RedirectTo(where));
    for (const Kind kind : {Kind::kRepository, Kind::kTarball}) {
      const auto answer = AskFor(*lab, {kind, "acme/kit", kind == Kind::kTarball ? CommitOfKit("").sha : ""});
      INFO(where);
      REQUIRE_FALSE(answer.ok());
      REQUIRE(answer.error().code == Code::kUpstream);
      REQUIRE_FALSE(Has(answer.error().message, "pass"));
    }
  }
  REQUIRE(lab->requests() == 2 * (4 + 5));
}

TEST_CASE("a host that is not there ends a long batch soon") {
  std::string url;
  {
    const GithubServer gone({});
    url = gone.url();
  }
  auto options = Quick();
  options.api = url;
  const auto client = upstream::MakeGithub(std::move(options));
  const auto start = std::chrono::steady_clock::now();
  const auto answers = AskInOrder(**client, std::vector<Question>(500, kKit));
  for (const auto& answer : answers) REQUIRE(answer.error().code == Code::kUpstream);
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  REQUIRE((*client)->ledger().sent <= 40);
  REQUIRE(Has(answers[0].error().message, "can't be reached"));
  REQUIRE(Has(answers[499].error().message, "not asked"));
}

TEST_CASE("connections are kept and shared by the questions of all batches") {
  SiteOptions site;
  site.tokens = {"good-token"};
  GithubServer server({site, 0});
  server.site().With(StockUp);
  auto options = Quick();
  options.api = server.url();
  const auto client = upstream::MakeGithub(std::move(options));
  for (int i = 0; i < 5; ++i) AskInOrder(**client, std::vector<Question>(20, kKit));
  REQUIRE(server.site().Log().size() == 100);
  REQUIRE(server.connections() <= 4);
}

}  // namespace skilltrail::testing
