#include "engine/session/prior_run.h"
#include "engine/snapshot/restore.h"
#include "engine/snapshot/restore_answer.h"
#include "engine/snapshot/snapshot.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::Workbench;

Context Keyed(const Workbench& bench, std::string key, std::string_view body) {
  Context context = bench.context;
  context.idempotency = Idempotency{std::move(key), Sha256(body)};
  return context;
}

TEST_CASE("a key belongs to the run that was asked for, not to that of the edits found on the way") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  bench.WriteSkill("a", "two");  // found by the next command
  const Context context = Keyed(bench, "k", "body");
  const auto made = Need(snapshot::Create(context, {.name = "s"}));
  const auto reading = Need(Reading::Open(bench.context));
  const auto prior = Need(FindPriorRun(*reading, "k"));
  REQUIRE(prior.has_value());
  REQUIRE(prior->completed);
  REQUIRE(prior->body == Sha256("body"));
  REQUIRE(made.snapshot.seq == prior->started_seq + 1);
  REQUIRE(!Need(FindPriorRun(*reading, "other")).has_value());
}

TEST_CASE("a key that was used writes nothing again, whatever the body") {
  Workbench bench;
  Need(snapshot::Create(Keyed(bench, "k", "one"), {.name = "s"}));
  const Seq head = bench.Head();
  for (const char* body : {"one", "two"}) {
    REQUIRE(snapshot::Create(Keyed(bench, "k", body), {.name = "t"}).error().code == Code::kConflict);
  }
  REQUIRE(bench.Head() == head);
}

TEST_CASE("a write that expects another head changes nothing") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  Context context = bench.context;
  context.expected_head = bench.Head() + 1;
  REQUIRE(snapshot::Create(context, {.name = "s"}).error().code == Code::kConflict);
  context.expected_head = bench.Head();
  REQUIRE(snapshot::Create(context, {.name = "s"}).ok());
}

TEST_CASE("a restore's answer is made again out of its run") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  Need(snapshot::Create(bench.context, {.name = "s"}));
  bench.WriteSkill("a", "two");
  bench.WriteSkill("b", "new");
  Context context = Keyed(bench, "k", "body");
  context.at = "snap:s";
  const auto done = Need(snapshot::Restore(context, {}));
  const auto reading = Need(Reading::Open(bench.context));
  const auto again = Need(snapshot::ReadAnswer(Need(FindPriorRun(*reading, "k"))->answer));
  REQUIRE(again.run_id == done.run_id);
  REQUIRE(again.safety_seq == done.safety_seq);
  REQUIRE(again.as_of.seq == done.as_of.seq);
  REQUIRE(again.plan.size() == done.plan.size());
  for (size_t i = 0; i < done.plan.size(); ++i) {
    REQUIRE(again.plan[i].artifact == done.plan[i].artifact);
    REQUIRE(again.plan[i].action == done.plan[i].action);
    REQUIRE(again.plan[i].files == done.plan[i].files);
  }
  REQUIRE(snapshot::ReadAnswer("{}").error().code == Code::kCorrupt);
  REQUIRE(snapshot::ReadAnswer(R"({"seq":1,"logged_at":1,"collection":"","run_id":"","safety_seq":1,"plan":[["a",9,1,1]]})").error().code ==
          Code::kCorrupt);
}

TEST_CASE("a memory of states gives at every head what a fold from the start gives") {
  Workbench bench;
  projections::StateMemory memory;
  for (int round = 0; round < 20; ++round) {
    bench.WriteSkill("s" + std::to_string(round % 3), std::to_string(round), "tags: [t" + std::to_string(round % 4) + "]");
    bench.Capture();
    auto store = Need(store::Store::OpenReader(bench.context.store, bench.clock));
    const Reading warm(bench.context, *store, &memory);
    const Reading cold(bench.context, *store);
    const Seq head = store->log->head();
    const auto state = Need(cold.states().CollectionAt("default", head));
    REQUIRE(Need(warm.states().CollectionAt("default", head)).Encode() == state.Encode());
    REQUIRE(Need(warm.states().CollectionAt("default", head - 1)).Encode() ==
            Need(cold.states().CollectionAt("default", head - 1)).Encode());
    for (const auto* artifact : state.artifacts()) REQUIRE(*Need(warm.states().ArtifactAt("default", artifact->id, head)) == *artifact);
    REQUIRE(!Need(warm.states().ArtifactAt("default", "skill:none", head)).has_value());
    REQUIRE(Need(warm.states().CollectionsAt(head)).size() == Need(cold.states().CollectionsAt(head)).size());
  }
}

TEST_CASE("a view of an earlier head is answered past a memory that has gone on") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  projections::StateMemory memory;
  auto old_store = Need(store::Store::OpenReader(bench.context.store, bench.clock));
  const Reading old(bench.context, *old_store, &memory);
  bench.WriteSkill("a", "two");
  bench.Capture();
  auto new_store = Need(store::Store::OpenReader(bench.context.store, bench.clock));
  const Reading now(bench.context, *new_store, &memory);
  const auto later = *Need(now.states().ArtifactAt("default", "skill:a", new_store->log->head()));
  const auto earlier = *Need(old.states().ArtifactAt("default", "skill:a", old_store->log->head()));
  REQUIRE(earlier.content_hash != later.content_hash);
}

}  // namespace
}  // namespace skilltrail
