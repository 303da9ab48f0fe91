#include "engine/session/due_manifest.h"

#include <memory>
#include <utility>

#include "engine/session/manifest_sync.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using testing::Need;
using testing::ReadFile;
using testing::Workbench;
using testing::WriteFile;

schema::MetadataEditedT Edit(const std::string& field, const std::string& after) {
  schema::MetadataEditedT edit;
  edit.cause = schema::ChangeCause::command;
  edit.changes.push_back(std::make_unique<schema::FieldChangeT>());
  edit.changes.back()->field = field;
  edit.changes.back()->after = after;
  return edit;
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("what was composed while events still came is composed again") {
  Workbench bench;
  bench.WriteSkill("pdf", "one");
  bench.Capture();
  {
    const auto writing = Need(Writing::Open(bench.context));
    Need(writing->Collection("default"));
    writing->Add({"default", "skill:pdf", {}, Edit("author", "Ada")});
    writing->ComposeManifests();
    writing->Add({"default", "skill:pdf", {}, Edit("license", "MIT")});
    REQUIRE(writing->Finish().ok());
    REQUIRE(writing->notes().empty());
  }
  const std::string text = ReadFile(bench.Collection() / "collection.toml");
  REQUIRE(Holds(text, "author = \"Ada\""));
  REQUIRE(Holds(text, "license = \"MIT\""));
  const Seq head = bench.Head();
  bench.Capture();  // what was remembered of it is what stands there
  REQUIRE(bench.Head() == head);
}

TEST_CASE("a file that somebody else wrote after it was composed keeps what they wrote") {
  Workbench bench;
  bench.WriteSkill("pdf", "one");
  bench.Capture();
  const auto file = bench.Collection() / "collection.toml";
  {
    const auto writing = Need(Writing::Open(bench.context));
    const auto& state = *Need(writing->Collection("default"));
    writing->Add({"default", "skill:pdf", {}, Edit("author", "Ada")});
    auto composed = ComposeManifest(*writing->reading().store().cache, bench.Collection(),
                                    manifest::CollectionDraft::Read(bench.Collection()), FactsOf(state), writing->now());
    WriteFile(file, ReadFile(file) + "\n[theirs]\nkey = 1\n");
    REQUIRE(SyncManifest(writing->cache(), std::move(composed), state, writing->now()).ok());
  }
  REQUIRE(Holds(ReadFile(file), "author = \"Ada\""));
  REQUIRE(Holds(ReadFile(file), "[theirs]\nkey = 1"));
}

}  // namespace
}  // namespace skilltrail
