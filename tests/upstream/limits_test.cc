// What the real client leaves upstream: its pace, its reserve, its waiting for a limit, and what it takes from what was kept.
#include <chrono>

#include "tests/upstream/upstream_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

const Question kKit{Kind::kRepository, "acme/kit", {}};

std::unique_ptr<NetworkLab> OwnLab() {
  return MakeServerLab(StockUp);
}

TEST_CASE("no stretch of time sees more requests than the pace allows") {
  const auto lab = OwnLab();
  auto options = Quick();
  options.pace = upstream::Pace{5, milliseconds(300)};
  const auto client = lab->Connect(options);
  const auto began = steady_clock::now();
  for (const auto& answer : AskInOrder(*client, std::vector<Question>(12, kKit))) REQUIRE(answer.ok());
  // Five at once, five after 300 ms, two after 600.
  REQUIRE(steady_clock::now() - began >= milliseconds(600));
  REQUIRE(lab->requests() == 12);
}

TEST_CASE("a reserve is left to others, and the refusal says so") {
  const auto lab = OwnLab();
  lab->Limit({{"limit", 1000}, {"remaining", 22}, {"reset_in", 600}});
  auto options = Quick("");
  options.reserve_percent = 2;
  options.max_concurrent = 1;
  const auto client = lab->Connect(options);
  const auto answers = AskInOrder(*client, std::vector<Question>(5, kKit));
  REQUIRE(answers[0].ok());
  REQUIRE(answers[1].ok());
  REQUIRE_FALSE(answers[2].ok());
  REQUIRE(answers[4].error().code == Code::kRateLimited);
  REQUIRE(answers[4].error().message.find("but for a reserve") != std::string::npos);
  REQUIRE(lab->requests() == 2);
}

TEST_CASE("an exhausted limit is waited for where that is asked") {
  const auto lab = OwnLab();
  lab->Limit({{"limit", 60}, {"remaining", 1}, {"reset_in", 1}});
  auto options = Quick("");
  options.wait_for_limit = true;
  options.max_concurrent = 1;
  const auto client = lab->Connect(options);
  for (const auto& answer : AskInOrder(*client, std::vector<Question>(3, kKit))) REQUIRE(answer.ok());
}

TEST_CASE("an interruption ends the wait for a limit") {
  const auto lab = OwnLab();
  lab->Limit({{"limit", 60}, {"remaining", 1}, {"reset_in", 3600}});
  auto options = Quick("");
  options.wait_for_limit = true;
  options.max_concurrent = 1;
  int polls = 0;
  options.interrupted = [&] { return ++polls > 20; };
  const auto answers = AskInOrder(*lab->Connect(options), std::vector<Question>(3, kKit));
  REQUIRE(answers[0].ok());
  REQUIRE(answers[2].error().code == Code::kInterrupted);
}

TEST_CASE("without a token a repository that nobody pushed to is not asked for its commit") {
  const auto lab = OwnLab();
  KeptValidators kept;
  auto options = Quick();
  options.token.clear();
  const Question commit{Kind::kCommit, "acme/kit", {}, "2026-01-01T00:00:00Z"};
  REQUIRE(AskOne(*Connect(*lab, options, kept), commit).ok());
  const auto second = Connect(*lab, options, kept);
  REQUIRE(AskOne(*second, commit)->commit.sha == CommitOfKit("").sha);
  REQUIRE(second->ledger().sent == 0);
  REQUIRE(second->ledger().trusted == 1);

  // After a push it is asked, and what comes back counts for the new time.
  const Question pushed{Kind::kCommit, "acme/kit", {}, "2026-02-02T00:00:00Z"};
  const auto third = Connect(*lab, options, kept);
  REQUIRE(AskOne(*third, pushed).ok());
  REQUIRE(third->ledger().sent == 1);
  REQUIRE(AskOne(*third, pushed).ok());
  REQUIRE(third->ledger().sent == 1);

  // With a token asking is free.
  options.token = "good-token";
  const auto fourth = Connect(*lab, options, kept);
  REQUIRE(AskOne(*fourth, pushed).ok());
  REQUIRE(AskOne(*fourth, pushed).ok());
  REQUIRE(fourth->ledger().sent == 2);
  REQUIRE(fourth->ledger().not_modified == 1);
}

TEST_CASE("a kept commit that is named by its id is not asked for again") {
  const auto lab = OwnLab();
  KeptValidators kept;
  const Question commit{Kind::kCommit, "acme/kit", CommitOfKit("").sha};
  REQUIRE(AskOne(*Connect(*lab, Quick(), kept), commit).ok());
  const auto second = Connect(*lab, Quick(), kept);
  REQUIRE(AskOne(*second, commit).ok());
  REQUIRE(second->ledger().sent == 0);
}

TEST_CASE("a bundle of authorities that can't be read is an error that is no time-out") {
  auto options = Quick();
  options.api = "https://localhost:1";
  options.ca_file = "/nonexistent/bundle.pem";
  const auto client = upstream::MakeGithub(options);
  REQUIRE(client.ok());
  REQUIRE(AskOne(**client, kKit).error().code == Code::kUpstream);
}

}  // namespace
}  // namespace skilltrail::testing
