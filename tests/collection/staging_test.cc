#include "engine/collection/staging.h"

#include "tests/collection/collection_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;
using testing::ReadFile;
using testing::WriteFile;

const Content kOld = DirectoryOf({{"SKILL.md", "old"}});
const Content kNew = DirectoryOf({{"SKILL.md", "new"}});

// A path on its way from old to new, in the moments that a crash or a person can choose.
class Moment {
 public:
  Moment() : slot_(staging() / "0", {path(), Describe(kNew).tree_digest, {Describe(kOld).tree_digest}}) {
    WriteFile(path() / "SKILL.md", "old");
    fs::create_directories(slot_.dir());
    Require(slot_.WriteJournal());
    WriteFile(slot_.partial() / "SKILL.md", "new");
  }
  fs::path path() const { return dir_ / "skills/s"; }
  fs::path staging() const { return dir_ / ".staging"; }
  const Slot& slot() const { return slot_; }
  std::string shown() const { return fs::exists(path() / "SKILL.md") ? ReadFile(path() / "SKILL.md") : ""; }
  void Edit(const std::string& text) const { WriteFile(path() / "SKILL.md", text); }
  // As a crash right after the exchange leaves it.
  void CrashAfterExchange() const {
    Require(slot_.Seal());
    REQUIRE(RenameExchange(slot_.dir() / "tree", path()) == 0);
  }
  Status Recover() const {
    auto opened = Staging::Open(staging());
    return opened.ok() ? Status() : opened.error();
  }

 private:
  testing::TempDir dir_;
  Slot slot_;
};

TEST_CASE("an edit between the look and the exchange is put back") {
  for (const Exchange exchange : {Exchange::kAtomic, Exchange::kTwoSteps}) {
    const Moment moment;
    Require(moment.slot().Seal());
    moment.Edit("edited");
    std::string note;
    REQUIRE(Require(moment.slot().Bring(exchange, note)) == Exchanged::kEdited);
    REQUIRE_FALSE(note.empty());
    REQUIRE(moment.shown() == "edited");
    Require(moment.Recover());
    REQUIRE(moment.shown() == "edited");
    REQUIRE_FALSE(fs::exists(moment.staging()));
  }
}

TEST_CASE("what appears or vanishes between the look and the exchange is an edit") {
  const Moment moment;
  Require(moment.slot().Seal());
  fs::remove_all(moment.path());
  std::string note;
  REQUIRE(Require(moment.slot().Bring(Exchange::kAtomic, note)) == Exchanged::kEdited);
  REQUIRE_FALSE(fs::exists(moment.path()));
  fs::create_symlink("elsewhere", moment.path());
  REQUIRE(Require(moment.slot().Bring(Exchange::kAtomic, note)) == Exchanged::kEdited);
  REQUIRE(fs::is_symlink(moment.path()));
}

TEST_CASE("an edit that a crash caught in the staging directory goes back to its path") {
  const Moment moment;
  moment.CrashAfterExchange();
  WriteFile(moment.slot().dir() / "tree/SKILL.md", "edited");
  Require(moment.Recover());
  REQUIRE(moment.shown() == "edited");
  REQUIRE_FALSE(fs::exists(moment.staging()));
}

TEST_CASE("an edit caught by a crash whose path was emptied since goes back too") {
  const Moment moment;
  moment.CrashAfterExchange();
  WriteFile(moment.slot().dir() / "tree/mine.md", "edited");
  fs::remove_all(moment.path());
  Require(moment.Recover());
  REQUIRE(ReadFile(moment.path() / "mine.md") == "edited");
}

TEST_CASE("two edits of one path are both kept and told") {
  const Moment moment;
  moment.CrashAfterExchange();
  WriteFile(moment.slot().dir() / "tree/SKILL.md", "first");
  moment.Edit("second");
  for (int i = 0; i < 2; ++i) {
    const Status recovered = moment.Recover();
    REQUIRE_FALSE(recovered.ok());
    REQUIRE(recovered.error().code == Code::kConflict);
    REQUIRE_THAT(recovered.error().message, Catch::Contains(moment.path().string()) && Catch::Contains(moment.slot().dir().string()));
    REQUIRE(moment.shown() == "second");
    REQUIRE(ReadFile(moment.slot().dir() / "tree/SKILL.md") == "first");
  }
}

TEST_CASE("what a crash left and nobody edited is cleared away") {
  const Moment moment;
  SECTION("half written") {
    Require(moment.Recover());
    REQUIRE(moment.shown() == "old");
  }
  SECTION("sealed") {
    Require(moment.slot().Seal());
    Require(moment.Recover());
    REQUIRE(moment.shown() == "old");
  }
  SECTION("exchanged") {
    moment.CrashAfterExchange();
    Require(moment.Recover());
    REQUIRE(moment.shown() == "new");
  }
  SECTION("exchanged, with git's files still to be moved") {
    WriteFile(moment.path() / ".git/HEAD", "ref");
    moment.CrashAfterExchange();
    Require(moment.Recover());
    REQUIRE(moment.shown() == "new");
    REQUIRE(ReadFile(moment.path() / ".git/HEAD") == "ref");
  }
  SECTION("between the two steps") {
    Require(moment.slot().Seal());
    fs::rename(moment.path(), moment.slot().dir() / "old");
    Require(moment.Recover());
    REQUIRE(moment.shown() == "old");
  }
  REQUIRE_FALSE(fs::exists(moment.staging()));
}

TEST_CASE("files whose journal is broken are not touched") {
  const Moment moment;
  moment.CrashAfterExchange();
  for (const char* journal : {"", "skilltrail-slot 1\n", "skilltrail-slot 1\nxyz\n\n/a", "skilltrail-slot 2\n\n/a"}) {
    WriteFile(moment.slot().dir() / "journal", journal);
    REQUIRE(moment.Recover().error().code == Code::kCorrupt);
    REQUIRE(ReadFile(moment.slot().dir() / "tree/SKILL.md") == "old");
  }
}

TEST_CASE("a tree for a path where nothing stands is one rename away from it") {
  testing::TempDir dir;
  fs::create_directory(dir / "skills");
  Staging staging = Require(Staging::Open(dir / ".staging"));
  const Slot slot = staging.MakeSlot({dir / "skills/s", Describe(kNew).tree_digest, {Digest{}}}, true);
  Require(slot.Make());
  WriteFile(slot.partial() / "SKILL.md", "new");
  Require(slot.Seal());
  std::string note;
  SECTION("nothing else was there") {
    REQUIRE(Require(slot.Bring(Exchange::kAtomic, note)) == Exchanged::kDone);
    REQUIRE(ReadFile(dir / "skills/s/SKILL.md") == "new");
  }
  SECTION("what was made meanwhile stays, and nothing of ours is left") {
    WriteFile(dir / "skills/s/SKILL.md", "mine");
    REQUIRE(Require(slot.Bring(Exchange::kAtomic, note)) == Exchanged::kEdited);
    REQUIRE(note == "something was made there");
    slot.Discard();
    REQUIRE(ReadFile(dir / "skills/s/SKILL.md") == "mine");
  }
  REQUIRE(fs::is_empty(dir / ".staging"));
}

TEST_CASE("what a crash left of such a tree goes, even where it looks like a slot") {
  testing::TempDir dir;
  WriteFile(dir / ".staging/new-0/tree/SKILL.md", "content that has a directory of that name");
  WriteFile(dir / ".staging/new-0/old", "and one of this");
  {
    Staging staging = Require(Staging::Open(dir / ".staging"));
    REQUIRE(fs::is_empty(dir / ".staging"));
    const Slot slot = staging.MakeSlot({dir / "skills/s", {}, {}}, true);
    REQUIRE(slot.dir().filename() == "new-1");
  }
  REQUIRE_FALSE(fs::exists(dir / ".staging"));
}

TEST_CASE("what a crash left of a single file that was to be placed goes too") {
  testing::TempDir dir;
  WriteFile(dir / ".staging/new-0", "an agent is one file");
  REQUIRE(Staging::Open(dir / ".staging").ok());
  REQUIRE_FALSE(fs::exists(dir / ".staging"));
}

TEST_CASE("a journal says what it was told") {
  testing::TempDir dir;
  const Slot slot(dir / "0", {"/a\nb/c", Sha256("after"), {Digest{}, Sha256("one")}});
  fs::create_directory(slot.dir());
  Require(slot.WriteJournal());
  const Slot read = Require(Slot::Read(slot.dir()));
  REQUIRE(read.aim().path == slot.aim().path);
  REQUIRE(read.aim().after == slot.aim().after);
  REQUIRE(read.aim().accepted == slot.aim().accepted);
}

}  // namespace
}  // namespace skilltrail::collection
