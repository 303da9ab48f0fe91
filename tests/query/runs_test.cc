#include "engine/query/runs.h"

#include "engine/deploy/deploy.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::Workbench;

std::vector<RunFacts> RunsOf(Workbench& bench, std::optional<uint64_t> limit = {}) {
  return Need(query::Runs(*Need(Reading::Open(bench.context)), limit));
}

TEST_CASE("runs come newest first with what they were, and cover the log") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  bench.context.message = "why";
  Need(curate::EditTags(bench.context, {"a", {"x"}, {}}));
  const auto runs = RunsOf(bench);
  REQUIRE(runs.size() == 3);
  REQUIRE(runs[0].message == "why");
  REQUIRE(runs[0].actor == "tester");
  REQUIRE(runs[0].last_seq == bench.Head());
  REQUIRE(runs[0].status == schema::RunStatus::completed);
  Seq next = bench.Head();
  for (const auto& run : runs) {
    REQUIRE(run.last_seq == next);
    REQUIRE(run.events == run.last_seq - run.seq + 1);
    next = run.seq - 1;
  }
  REQUIRE(next == 0);
  REQUIRE(RunsOf(bench, 2).size() == 2);
  REQUIRE(RunsOf(bench, 0).empty());
  bench.context.at = std::to_string(runs[0].seq);
  REQUIRE_FALSE(RunsOf(bench)[0].status.has_value());
}

TEST_CASE("edits that a command found are a run of their own before it, in one append") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq head = bench.Head();
  bench.WriteSkill("a", "two");
  Need(curate::EditTags(bench.context, {"a", {"x"}, {}}));
  REQUIRE(bench.Since(head) ==
          std::vector<std::string>{"run_started", "content_changed", "run_completed", "run_started", "tags_edited", "run_completed"});
  REQUIRE(RunsOf(bench).size() == 4);
}

TEST_CASE("a run shows the artifacts that it changed, and what it did in projects") {
  Workbench bench;
  const auto dir = bench.Path("project");
  std::filesystem::create_directories(dir);
  bench.WriteSkill("a", "one");
  bench.WriteSkill("b", "one");
  bench.Capture();
  bench.WriteSkill("a", "two");
  bench.Capture();
  Need(deploy::Deploy(bench.context, {{"a"}, dir, "", false}));
  const auto runs = RunsOf(bench);
  auto reading = Need(Reading::Open(bench.context));
  const auto deployed = Need(query::ShowRun(*reading, runs[0].seq));
  REQUIRE(deployed.artifacts.empty());
  REQUIRE(deployed.deployments.size() == 1);
  REQUIRE(deployed.deployments[0].type == "artifact_deployed");
  const auto edited = Need(query::ShowRun(*reading, runs[1].seq));
  REQUIRE(edited.artifacts.size() == 1);
  REQUIRE(edited.artifacts[0].artifact == "skill:a");
  REQUIRE(edited.artifacts[0].files.size() == 1);
  REQUIRE(edited.refresh.empty());
  REQUIRE(query::ShowRun(*reading, runs[1].seq + 1).error().code == Code::kNotFound);
  REQUIRE(query::ShowRun(*reading, 10'000).error().code == Code::kNotFound);
}

TEST_CASE("with a collection named, only its runs are listed") {
  Workbench bench;
  Need(curate::CreateCollection(bench.context, "other", {}));
  bench.context.collection = "other";
  REQUIRE(RunsOf(bench).size() == 1);
  bench.context.collection = "nowhere";
  REQUIRE(query::Runs(*Need(Reading::Open(bench.context)), {}).error().code == Code::kNotFound);
}

}  // namespace
}  // namespace skilltrail
