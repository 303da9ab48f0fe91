#include "engine/session/reading.h"

#include "engine/snapshot/snapshot.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::Workbench;

TEST_CASE("every form of a point resolves to one sequence") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  const Seq captured = bench.Head();
  bench.context.message = "m";
  const auto snapshot = Need(snapshot::Create(bench.context, {"first", false}));
  auto reading = Need(Reading::Open(bench.context));
  const Seq head = reading->log().head();
  const auto seq = [&](const std::string& point) { return Need(reading->Resolve(point)).seq; };
  REQUIRE(seq("") == head);
  REQUIRE(seq("@") == head);
  REQUIRE(seq("@~2") == head - 2);
  REQUIRE(seq("@~100000") == 0);
  REQUIRE(seq("2") == 2);
  REQUIRE(seq("snap:first") == snapshot.snapshot.seq);
  REQUIRE(seq("snap:" + snapshot.snapshot.id.substr(0, 12)) == snapshot.snapshot.seq);
  REQUIRE(Need(reading->Resolve("snap:first")).collection == "default");
  const std::string run = "run:" + std::to_string(captured + 1);
  REQUIRE(seq(run) == head);
  REQUIRE(seq(run + "-") == captured);
  REQUIRE(seq(FormatTime(Need(reading->Resolve("2")).logged_at)) >= 2);
  REQUIRE(seq("2020-01-01") == 0);
}

TEST_CASE("a point that is none, one in the future and one that is not there are told apart") {
  Workbench bench;
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(reading->Resolve("next week").error().code == Code::kUsage);
  REQUIRE(reading->Resolve("1000000").error().code == Code::kUsage);
  REQUIRE(reading->Resolve("2999-01-01").error().code == Code::kUsage);
  REQUIRE(reading->Resolve("snap:none").error().code == Code::kNotFound);
  REQUIRE(reading->Resolve("run:2").error().code == Code::kNotFound);
}

TEST_CASE("a bare name means the one type that has it, and says which if several have") {
  Workbench bench;
  bench.WriteSkill("review", "one");
  bench.WriteSkill("only", "one");
  testing::WriteFile(bench.Collection() / "commands/review.md", "text\n");
  bench.Capture();
  const auto state = bench.State();
  REQUIRE(Need(Reading::Find(state, "only")) == "skill:only");
  REQUIRE(Need(Reading::Find(state, "command:review")) == "command:review");
  const auto both = Reading::Find(state, "review");
  REQUIRE(both.error().code == Code::kUsage);
  REQUIRE(both.error().message.find("skill:review") != std::string::npos);
  const auto near = Reading::Find(state, "skill:onyl");
  REQUIRE(near.error().code == Code::kNotFound);
  REQUIRE(near.error().hint.find("skill:only") != std::string::npos);
}

}  // namespace
}  // namespace skilltrail
