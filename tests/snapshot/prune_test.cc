#include "engine/snapshot/prune.h"

#include "engine/snapshot/restore.h"
#include "tests/snapshot/archive_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::LiveALittle;
using testing::Need;
using testing::Workbench;

TEST_CASE("deleting and pruning let go of names; the points stay, and an archive says as much") {
  Workbench bench;
  LiveALittle(bench);
  for (int i = 0; i < 5; ++i) Need(snapshot::Create(bench.context, {.name = "n" + std::to_string(i)}));
  auto reading = Need(Reading::Open(bench.context));
  const auto early = Need(reading->FindSnapshot("early"));
  bench.context.dry_run = true;
  REQUIRE(Need(snapshot::Prune(bench.context, {.last = 3})).dropped == 4);
  bench.context.dry_run = false;
  REQUIRE(snapshot::Prune(bench.context, {}).error().code == Code::kUsage);
  const auto pruned = Need(snapshot::Prune(bench.context, {.last = 3}));
  REQUIRE(pruned.kept == 3);
  REQUIRE(pruned.dropped == 4);
  Need(snapshot::Delete(bench.context, "n4"));
  reading = Need(Reading::Open(bench.context));
  REQUIRE(Need(snapshot::List(*reading, {})).items.size() == 2);
  REQUIRE(reading->FindSnapshot("early").error().code == Code::kNotFound);
  bench.context.at = std::to_string(early.seq);
  Need(snapshot::Restore(bench.context, {.to = bench.Path("early")}));
  REQUIRE(std::filesystem::exists(bench.Path("early") / "skills/b/SKILL.md"));
}

}  // namespace
}  // namespace skilltrail
