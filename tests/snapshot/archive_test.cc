#include "engine/snapshot/restore.h"
#include "tests/snapshot/archive_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::ExportOf;
using testing::LiveALittle;
using testing::Need;
using testing::OtherBench;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;
using Brought = snapshot::ImportReport::Brought;

std::vector<std::vector<uint8_t>> EventsOf(Workbench& bench) {
  std::vector<std::vector<uint8_t>> events;
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(reading->log()
              .Scan({},
                    [&](const store::StoredEvent& event) {
                      events.emplace_back(event.bytes.begin(), event.bytes.end());
                      return store::Visit::kContinue;
                    })
              .ok());
  return events;
}

TEST_CASE("the same snapshot exported twice has the same bytes, whatever happened in between") {
  Workbench bench;
  LiveALittle(bench);
  for (const char* ending : {".tar.zst", ".tar.gz"}) {
    const auto first = ReadFile(ExportOf(bench, "early", std::string("first") + ending));
    bench.WriteSkill("new", std::string("later ") + ending);
    bench.Capture();
    REQUIRE(ReadFile(ExportOf(bench, "early", std::string("second") + ending)) == first);
  }
}

TEST_CASE("a collection goes into another store with its history, and out again with the same bytes") {
  Workbench bench;
  LiveALittle(bench);
  const auto file = ExportOf(bench, "late", "late.tar.zst");
  OtherBench other;
  other.Empty();
  const auto report = Need(other.Import(file));
  REQUIRE(report.brought == Brought::kHistory);
  REQUIRE(report.collection == "default");
  REQUIRE(report.snapshots.size() == 2);
  REQUIRE(other.SkillText("a") == bench.SkillText("a"));
  REQUIRE(other.Capture().changes.empty());
  REQUIRE(other.Holds());

  // Events keep identity, time and actor: they are the same bytes.
  const auto at_home = EventsOf(bench);
  const auto there = EventsOf(other);
  REQUIRE(report.events == there.size() - 3);  // and the run of the import
  for (size_t i = 0; i < report.events; ++i) REQUIRE(there[i] == at_home[i]);

  for (const char* name : {"early", "late"}) {
    for (const char* ending : {".tar.zst", ".tar.gz"}) {
      REQUIRE(ReadFile(ExportOf(other, name, std::string(name) + ending)) == ReadFile(ExportOf(bench, name, std::string(name) + ending)));
    }
  }
  other.context.at = "snap:early";
  Need(snapshot::Restore(other.context, {.to = other.Path("early")}));
  REQUIRE(ReadFile(other.Path("early") / "skills/b/SKILL.md").find("one") != std::string::npos);
}

TEST_CASE("importing again changes nothing, and a later archive brings what is new") {
  Workbench bench;
  LiveALittle(bench);
  const auto early = ExportOf(bench, "early", "early.tar.zst");
  const auto late = ExportOf(bench, "late", "late.tar.gz");
  OtherBench other;
  other.Empty();
  Need(other.Import(early));
  const Seq head = other.Head();
  const auto again = Need(other.Import(early));
  REQUIRE(again.brought == Brought::kNothing);
  REQUIRE(again.known > 0);
  REQUIRE(other.Head() == head);

  REQUIRE(Need(other.Import(late)).brought == Brought::kHistory);
  REQUIRE(other.SkillText("a") == bench.SkillText("a"));
  REQUIRE_FALSE(std::filesystem::exists(other.Collection() / "skills" / "b"));
  REQUIRE(Need(other.Import(early)).brought == Brought::kNothing);
  REQUIRE(other.Capture().changes.empty());
  REQUIRE(other.Holds());
  REQUIRE(ReadFile(ExportOf(other, "late", "again.tar.gz")) == ReadFile(late));
}

TEST_CASE("a collection that has a history of its own is not mixed with another") {
  Workbench bench;
  LiveALittle(bench);
  const auto early = ExportOf(bench, "early", "early.tar.zst");
  const auto late = ExportOf(bench, "late", "late.tar.zst");
  OtherBench taken;
  REQUIRE(taken.Import(early).error().code == Code::kConflict);

  OtherBench edited;
  edited.Empty();
  Need(edited.Import(early));
  edited.WriteSkill("a", "an edit that nobody has captured");
  const Seq head = edited.Head();
  REQUIRE(edited.Import(late).error().code == Code::kConflict);
  REQUIRE(edited.Head() == head);
  REQUIRE(edited.SkillText("a").find("nobody") != std::string::npos);
  edited.Capture();
  REQUIRE(edited.Import(late).error().code == Code::kConflict);
  REQUIRE(Need(edited.Import(early)).brought == Brought::kNothing);
}

TEST_CASE("under another name come state, files and snapshot, and the history stays in the archive") {
  Workbench bench;
  LiveALittle(bench);
  const auto file = ExportOf(bench, "late", "late.tar.zst");
  OtherBench other;
  const Seq head = other.Head();
  const auto report = Need(other.Import(file, "copy"));
  REQUIRE(report.brought == Brought::kState);
  REQUIRE(report.notes.size() == 1);
  auto reading = Need(Reading::Open(other.context));
  const auto state = Need(reading->CollectionState("copy", Need(reading->Resolve(""))));
  const auto at_home = bench.State();
  REQUIRE(state.size() == at_home.size());
  for (const auto* artifact : state.artifacts()) {
    const auto* home = at_home.Find(artifact->id);
    REQUIRE(artifact->tree == home->tree);
    REQUIRE(artifact->user_tags == home->user_tags);
    REQUIRE(artifact->added_at == home->added_at);
    REQUIRE(artifact->updated_at == home->updated_at);
  }
  REQUIRE(Need(reading->FindSnapshot("late")).collection == "copy");
  REQUIRE(Need(other.Import(file, "copy")).brought == Brought::kNothing);
  const auto early = ExportOf(bench, "early", "early.tar.zst");
  REQUIRE(other.Import(early, "copy").error().code == Code::kConflict);
  REQUIRE(other.Import(early, "../up").error().code == Code::kUsage);
  REQUIRE(other.Since(head).front() == "run_started");
  REQUIRE(other.Holds());
  // It has become a collection like any other, which goes out and in with its own history.
  const auto second = other.Path("copy.tar.zst");
  Need(snapshot::Export(*reading, "late", second));
  OtherBench third;
  REQUIRE(Need(third.Import(second)).collection == "copy");
  REQUIRE(third.Holds());
}

TEST_CASE("an export stands whole or not at all, and overwrites nothing") {
  Workbench bench;
  LiveALittle(bench);
  const auto file = ExportOf(bench, "late", "late.tar.zst");
  auto reading = Need(Reading::Open(bench.context));
  REQUIRE(snapshot::Export(*reading, "late", file).ok());  // it has those very bytes
  REQUIRE(snapshot::Export(*reading, "early", file).error().code == Code::kConflict);
  REQUIRE(snapshot::Export(*reading, "late", bench.Path("late.zip")).error().code == Code::kUsage);
  REQUIRE(snapshot::Export(*reading, "late", bench.Path("nowhere") / "late.tar.gz").error().code == Code::kNotFound);
  REQUIRE(snapshot::Export(*reading, "nobody", bench.Path("x.tar.gz")).error().code == Code::kNotFound);
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) {
    REQUIRE(entry.path().filename().string().find("skilltrail-tmp") == std::string::npos);
  }
}

TEST_CASE("a dry run of an import writes nothing and says the same") {
  Workbench bench;
  LiveALittle(bench);
  const auto file = ExportOf(bench, "late", "late.tar.zst");
  OtherBench other;
  other.Empty();
  other.context.dry_run = true;
  const auto plan = Need(other.Import(file));
  REQUIRE(other.Head() == 0);
  REQUIRE_FALSE(std::filesystem::exists(other.Collection()));
  other.context.dry_run = false;
  const auto done = Need(other.Import(file));
  REQUIRE(plan.events == done.events);
  REQUIRE(plan.artifacts == done.artifacts);
  REQUIRE(plan.brought == done.brought);
}

TEST_CASE("files stand where the collection is to be: nothing is imported") {
  Workbench bench;
  LiveALittle(bench);
  const auto file = ExportOf(bench, "late", "late.tar.zst");
  OtherBench other;
  other.Empty();
  WriteFile(other.Collection() / "notes.txt", "mine");
  REQUIRE(other.Import(file).error().code == Code::kConflict);
  REQUIRE(ReadFile(other.Collection() / "notes.txt") == "mine");
  REQUIRE(other.Head() == 0);
}

}  // namespace
}  // namespace skilltrail
