#include <random>

#include "engine/query/verify.h"
#include "engine/snapshot/archive_format.h"
#include "engine/snapshot/prune.h"
#include "engine/snapshot/restore.h"
#include "events/codec.h"
#include "tests/snapshot/archive_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using snapshot::ImportReport;
using testing::ExportOf;
using testing::LiveALittle;
using testing::Member;
using testing::Need;
using testing::PutTogether;
using testing::ReadFile;
using testing::TakeApart;
using testing::Workbench;
using testing::WriteFile;
using Brought = ImportReport::Brought;

class OtherBench : public Workbench {
 public:
  // A store without any collection, so that "default" is free.
  void Empty() {
    std::filesystem::remove_all(context.store);
    Need(store::Store::Create(context.store, "test", 1000, clock));
  }
  Result<ImportReport> Import(const std::filesystem::path& file, const std::string& as = {}) {
    return snapshot::Import(context, {file, as});
  }
  bool Holds() {
    auto reading = Need(Reading::Open(context));
    return Need(query::Verify(*reading, true)).ok;
  }
};

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

TEST_CASE("every flipped bit and every cut of an archive is found, and nothing of it is taken") {
  Workbench bench;
  bench.WriteSkill("a", "one");
  bench.Capture();
  Need(snapshot::Create(bench.context, {.name = "s"}));
  OtherBench other;
  other.Empty();
  for (const char* ending : {".tar.zst", ".tar.gz"}) {
    const auto whole = ReadFile(ExportOf(bench, "s", std::string("s") + ending));
    const auto file = bench.Path(std::string("damaged") + ending);
    WriteFile(file, whole);
    REQUIRE(Need(snapshot::VerifyArchive(bench.context, file)).ok);
    for (size_t at = 0; at < whole.size(); ++at) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      INFO("bit " << at % 8 << " of byte " << at);
      WriteFile(file, damaged);
      REQUIRE_FALSE(Need(snapshot::VerifyArchive(bench.context, file)).ok);
      if (at % 61 == 0) REQUIRE(other.Import(file).error().code == Code::kCorrupt);
      WriteFile(file, whole.substr(0, at));
      REQUIRE_FALSE(Need(snapshot::VerifyArchive(bench.context, file)).ok);
      if (at % 61 == 0) REQUIRE(other.Import(file).error().code == Code::kCorrupt);
    }
  }
  REQUIRE(other.Head() == 0);
}

// A forger can seal. What the seal does not find, the manifest does, and what that does not, the fold.
TEST_CASE("members changed, swapped, left out or added under a good seal are found") {
  Workbench bench;
  LiveALittle(bench);
  const auto members = TakeApart(ExportOf(bench, "late", "late.tar.zst"));
  OtherBench other;
  other.Empty();
  const auto file = other.Path("forged.tar.zst");
  const auto refused = [&](const std::vector<Member>& forged) {
    PutTogether(file, forged);
    const bool verified = Need(snapshot::VerifyArchive(other.context, file)).ok;
    const auto imported = other.Import(file);
    return !verified && !imported.ok() && imported.error().code == Code::kCorrupt;
  };
  for (size_t i = 0; i < members.size(); ++i) {
    INFO(members[i].path);
    auto forged = members;
    forged.erase(forged.begin() + static_cast<std::ptrdiff_t>(i));
    REQUIRE(refused(forged));
    forged = members;
    forged.insert(forged.begin() + static_cast<std::ptrdiff_t>(i), members[i]);
    REQUIRE(refused(forged));
    forged = members;
    forged[i].executable = !forged[i].executable;
    if (i > 0) REQUIRE(refused(forged));
    forged = members;
    forged[i].bytes += ' ';
    REQUIRE(refused(forged));
    if (i + 1 < members.size()) {
      forged = members;
      std::swap(forged[i], forged[i + 1]);
      REQUIRE(refused(forged));
    }
  }
  auto forged = members;
  forged.push_back({"default/skills/evil/SKILL.md", false, "evil"});
  REQUIRE(refused(forged));
  REQUIRE(other.Head() == 0);
  PutTogether(file, members);
  REQUIRE(Need(other.Import(file)).brought == Brought::kHistory);
}

// Every digest made to fit again, so that what is left are the events themselves.
std::vector<Member> WithEvents(std::vector<Member> members, const std::vector<std::vector<uint8_t>>& events) {
  auto manifest = Need(snapshot::DecodeManifest(members[0].bytes));
  std::string bytes(snapshot::kEventsHead);
  manifest.events = events.size();
  manifest.events_digest = {};
  for (const auto& event : events) {
    bytes += snapshot::EventFrameHead(event.size());
    bytes.append(event.begin(), event.end());
    manifest.events_digest = ChainHash(manifest.events_digest, event);
  }
  members[1].bytes = bytes;
  manifest.members[0].size = bytes.size();
  manifest.members[0].digest = Sha256(bytes);
  members[0].bytes = manifest.Encode();
  return members;
}

std::vector<std::vector<uint8_t>> EventsIn(const std::vector<Member>& members) {
  std::vector<std::vector<uint8_t>> events;
  const std::string& bytes = members[1].bytes;
  for (size_t at = snapshot::kEventsHead.size(); at < bytes.size();) {
    const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[at + i])); };
    const size_t size = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
    events.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(at + 4), bytes.begin() + static_cast<std::ptrdiff_t>(at + 4 + size));
    at += 4 + size;
  }
  return events;
}

TEST_CASE("events that lead out of the collection are refused, though every digest fits") {
  Workbench bench;
  LiveALittle(bench);
  const auto members = TakeApart(ExportOf(bench, "late", "late.tar.zst"));
  const auto events = EventsIn(members);
  OtherBench other;
  other.Empty();
  const auto file = other.Path("forged.tar.zst");
  const auto imported = [&](const std::function<void(Event&)>& change) {
    auto forged = events;
    size_t changed = 0;
    for (auto& bytes : forged) {
      Event event = Need(DecodeEvent(bytes));
      change(event);
      auto encoded = EncodeEvent(event);
      changed += encoded == bytes ? 0 : 1;
      bytes = std::move(encoded);
    }
    INFO(changed);
    PutTogether(file, WithEvents(members, forged));
    return other.Import(file);
  };
  const auto with_path = [](const std::string& path) {
    return [path](Event& event) {
      if (auto* added = std::get_if<schema::ArtifactAddedT>(&event.payload)) added->record->path = path;
    };
  };
  for (const char* path : {"../../evil", "/tmp/evil", "evil", ".skilltrail-staging/x", "skills/../../../x", ""}) {
    INFO(path);
    REQUIRE(imported(with_path(path)).error().code == Code::kCorrupt);
  }
  REQUIRE(imported([](Event& event) {
            if (event.artifact == "skill:a") event.artifact = "skill:../evil";
          })
              .error()
              .code == Code::kCorrupt);
  REQUIRE(imported([](Event& event) {
            if (!std::holds_alternative<schema::RunStartedT>(event.payload)) event.collection = "victim";
          })
              .error()
              .code == Code::kCorrupt);
  REQUIRE(imported([](Event& event) {
            if (auto* edited = std::get_if<schema::TagsEditedT>(&event.payload)) edited->user_tags.push_back("forged");
          })
              .error()
              .code == Code::kCorrupt);
  REQUIRE(other.Head() == 0);
  REQUIRE(Need(imported([](Event&) {})).brought == Brought::kHistory);
}

TEST_CASE("events with flipped bits never do harm, though every digest fits") {
  Workbench bench;
  LiveALittle(bench);
  const auto members = TakeApart(ExportOf(bench, "late", "late.tar.zst"));
  const auto events = EventsIn(members);
  const auto file = bench.Path("forged.tar.zst");
  std::mt19937 random(20260124);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    auto forged = events;
    auto& event = forged[random() % forged.size()];
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) event[random() % event.size()] ^= static_cast<uint8_t>(1u << random() % 8);
    PutTogether(file, WithEvents(members, forged));
    INFO("round " << round);
    const auto report = Need(snapshot::VerifyArchive(bench.context, file));
    refused += report.ok ? 0 : 1;
  }
  // Most of an event is state, which the fold finds; what is left are names of runs, times, command lines.
  REQUIRE(refused > 200);
}

TEST_CASE("manifests with flipped bytes never do harm, though the seal fits") {
  Workbench bench;
  LiveALittle(bench);
  const auto members = TakeApart(ExportOf(bench, "early", "early.tar.zst"));
  const auto file = bench.Path("forged.tar.zst");
  std::mt19937 random(20260125);
  for (int round = 0; round < 400; ++round) {
    auto forged = members;
    auto& bytes = forged[0].bytes;
    for (unsigned flips = 1 + static_cast<unsigned>(random() % 3); flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    PutTogether(file, forged);
    INFO("round " << round);
    const auto report = Need(snapshot::VerifyArchive(bench.context, file));
    // A version of the schema can be raised to one of a newer program; nothing else may be another and pass.
    if (report.ok) REQUIRE(report.archive.manifest.events_digest == Need(snapshot::DecodeManifest(members[0].bytes)).events_digest);
  }
}

TEST_CASE("a known event with another content is a conflict") {
  Workbench bench;
  LiveALittle(bench);
  const auto members = TakeApart(ExportOf(bench, "late", "late.tar.zst"));
  auto events = EventsIn(members);
  OtherBench other;
  other.Empty();
  const auto file = other.Path("forged.tar.zst");
  PutTogether(file, members);
  Need(other.Import(file));
  const Seq head = other.Head();
  Event first = Need(DecodeEvent(events.front()));
  std::get<schema::RunStartedT>(first.payload).actor = "somebody else";
  events.front() = EncodeEvent(first);
  PutTogether(file, WithEvents(members, events));
  const auto imported = other.Import(file);
  REQUIRE(imported.error().code == Code::kConflict);
  REQUIRE(imported.error().message.find("another content") != std::string::npos);
  REQUIRE(other.Head() == head);
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
