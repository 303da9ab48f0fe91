#include "engine/query/log_query.h"

#include <nlohmann/json.hpp>

#include "engine/query/query.h"
#include "engine/query/verify.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::Workbench;

std::vector<Seq> Ask(Workbench& bench, const query::LogRequest& request) {
  auto reading = Need(Reading::Open(bench.context));
  std::vector<Seq> seqs;
  Status asked = query::Log(*reading, request, [&](const query::LoggedEvent& event) {
    seqs.push_back(event.seq);
    return store::Visit::kContinue;
  });
  if (!asked.ok()) throw std::runtime_error(asked.error().message);
  return seqs;
}

class Busy {
 public:
  Busy() {
    for (int i = 0; i < 30; ++i) {
      bench.WriteSkill("a", std::to_string(i), "tags: [t" + std::to_string(i % 3) + "]");
      if (i % 5 == 0) bench.WriteSkill("b", std::to_string(i));
      bench.Capture();
    }
  }
  Workbench bench;
};

TEST_CASE("every narrow way through the log gives what a filter over the whole gives, in order") {
  Busy busy;
  auto& bench = busy.bench;
  std::vector<Seq> artifact, types, tag;
  {
    auto reading = Need(Reading::Open(bench.context));
    REQUIRE(query::Log(*reading, {}, [&](const query::LoggedEvent& event) {
              if (event.artifact == "skill:a") artifact.push_back(event.seq);
              if (event.type == "content_changed" || event.type == "tags_edited") types.push_back(event.seq);
              if (event.type == "tags_edited" && query::LoggedEventJson(event).find("\"t1\"") != std::string::npos)
                tag.push_back(event.seq);
              return store::Visit::kContinue;
            }).ok());
  }
  query::LogRequest request;
  request.artifacts = {"a"};
  REQUIRE(Ask(bench, request) == artifact);
  REQUIRE(artifact.size() > 64);
  request = {};
  request.types = {"tags_edited", "content_changed"};
  REQUIRE(Ask(bench, request) == types);
  request = {};
  request.artifacts = {"skill:b"};
  request.types = {"content_changed"};
  request.limit = 2;
  REQUIRE(Ask(bench, request).size() == 2);
  request = {};
  request.after = artifact.back();
  request.artifacts = {"a"};
  std::vector<Seq> oldest(artifact.rbegin() + 1, artifact.rend());
  REQUIRE(Ask(bench, request) == oldest);
}

TEST_CASE("a run's events, a time's and a pattern's") {
  Busy busy;
  query::LogRequest request;
  request.run = 1;
  REQUIRE(Ask(busy.bench, request) == std::vector<Seq>{3, 2, 1});
  request = {};
  request.since = "3";
  request.until = "5";
  REQUIRE(Ask(busy.bench, request) == std::vector<Seq>{5, 4, 3});
  request = {};
  request.grep = "\"type\":\"collection_created\"";
  REQUIRE(Ask(busy.bench, request) == std::vector<Seq>{2});
  request.grep = "(";
  REQUIRE_THROWS(Ask(busy.bench, request));
  request = {};
  request.types = {"tags_importde"};
  REQUIRE_THROWS(Ask(busy.bench, request));
}

TEST_CASE("an event's document has the contract's members, and its hash is the chain's") {
  Busy busy;
  auto reading = Need(Reading::Open(busy.bench.context));
  std::string previous = std::string(64, '0');
  query::LogRequest request;
  request.oldest_first = true;
  REQUIRE(query::Log(*reading, request, [&](const query::LoggedEvent& event) {
            const auto json = nlohmann::json::parse(query::LoggedEventJson(event));
            for (const char* key : {"seq", "logged_at", "recorded_at", "type", "collection", "artifact", "project", "run_id", "run_seq",
                                    "actor", "command", "hash", "prev_hash", "data"}) {
              REQUIRE(json.contains(key));
            }
            REQUIRE(json["prev_hash"] == previous);
            previous = json["hash"];
            return store::Visit::kContinue;
          }).ok());
  REQUIRE(previous == reading->log().head_hash().hex());
}

TEST_CASE("list, show and cat answer as of any point") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq then = bench.Head();
  bench.WriteSkill("a", "two");
  bench.WriteSkill("b", "one");
  bench.Capture();
  bench.context.at = std::to_string(then);
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(query::List(*reading, {})).artifacts.size() == 1);
  REQUIRE(Need(query::Cat(*reading, "a", "")).find("one") != std::string::npos);
  REQUIRE(query::Show(*reading, "b").error().code == Code::kNotFound);
  const auto wrong = query::Cat(*reading, "a", "SKILL.mb");
  REQUIRE(wrong.error().hint.find("SKILL.md") != std::string::npos);
}

TEST_CASE("verify holds over a busy store, in full") {
  Busy busy;
  auto reading = Need(Reading::Open(busy.bench.context));
  const auto report = Need(query::Verify(*reading, true));
  REQUIRE(report.problems.empty());
  REQUIRE(report.ok);
  REQUIRE(report.events == busy.bench.Head());
  REQUIRE(report.blobs > 30);
}

}  // namespace
}  // namespace skilltrail
