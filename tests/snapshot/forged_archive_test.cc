// Archives that are damaged or forged: what the seal does not find, the manifest does, and what that does not, the fold.
#include <functional>
#include <random>

#include "engine/snapshot/archive_format.h"
#include "events/codec.h"
#include "tests/snapshot/archive_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::ExportOf;
using testing::LiveALittle;
using testing::Member;
using testing::Need;
using testing::OtherBench;
using testing::PutTogether;
using testing::ReadFile;
using testing::TakeApart;
using testing::Workbench;
using testing::WriteFile;
using Brought = snapshot::ImportReport::Brought;

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
    REQUIRE(refused(forged));
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
    for (auto flips = 1 + random() % 4; flips > 0; --flips) event[random() % event.size()] ^= static_cast<uint8_t>(1u << random() % 8);
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
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
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

}  // namespace
}  // namespace skilltrail
