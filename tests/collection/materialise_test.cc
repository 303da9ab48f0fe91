#include "engine/collection/materialise.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/collection/collection_fixture.h"
#include "tests/support/small_disk.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;
using testing::ReadFile;
using testing::SmallDisk;
using testing::WriteFile;

mode_t ModeOf(const fs::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

// A collection in which contents are placed by the name of their path.
class Places : public Fixture {
 public:
  Placement Way(const std::string& path, const std::optional<Content>& before, const std::optional<Content>& after) {
    Placement placement;
    placement.path = *this / path;
    placement.single_file = after ? after->single_file : before && before->single_file;
    if (before) placement.expected_before = Keep(*before).tree_digest;
    if (after) placement.tree = Keep(*after).tree;
    return placement;
  }
  std::vector<PlacementOutcome> Place(std::vector<Placement> placements, Exchange exchange = Exchange::kAtomic) {
    auto outcomes = Require(collection::Place(placements, blobs(), staging(), exchange));
    REQUIRE_FALSE(fs::exists(staging()));
    return outcomes;
  }
  PlacementOutcome PlaceOne(const std::string& path, const std::optional<Content>& before, const std::optional<Content>& after,
                            Exchange exchange = Exchange::kAtomic) {
    return Place({Way(path, before, after)}, exchange).at(0);
  }
  bool Shows(const std::string& path, const std::optional<Content>& content) {
    auto read = ReadContent(*this / path);
    if (!read.ok()) return !content && read.error().code == Code::kNotFound;
    return content && Describe(*read).tree_digest == Describe(*content).tree_digest && read->single_file == content->single_file;
  }
  fs::path staging() const { return *this / ".skilltrail-staging"; }
};

const Content kOld = DirectoryOf({{"SKILL.md", "old"}, {"only-old/x", "x"}, {"run*", "1"}});
const Content kNew = DirectoryOf({{"SKILL.md", "new"}, {"deep/er/y*", "y"}, {"run", "2"}});
const Content kOldFile = FileOf("review.md", "old");
const Content kNewFile = FileOf("review.md", "new");

TEST_CASE("placing makes, replaces and removes directories and files") {
  for (const Exchange exchange : {Exchange::kAtomic, Exchange::kTwoSteps}) {
    Places places;
    const auto made = places.Place({places.Way("skills/s", {}, kOld), places.Way("commands/review.md", {}, kOldFile)}, exchange);
    REQUIRE(made[0].placed == Placed::kDone);
    REQUIRE(made[1].placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kOld));
    REQUIRE(places.Shows("commands/review.md", kOldFile));
    REQUIRE((ModeOf(places / "skills/s/run") & S_IXUSR) != 0);

    const auto replaced =
        places.Place({places.Way("skills/s", kOld, kNew), places.Way("commands/review.md", kOldFile, kNewFile)}, exchange);
    REQUIRE(replaced[0].placed == Placed::kDone);
    REQUIRE(replaced[1].placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kNew));
    REQUIRE(places.Shows("commands/review.md", kNewFile));
    REQUIRE_FALSE(fs::exists(places / "skills/s/only-old"));

    const auto removed = places.Place({places.Way("skills/s", kNew, {}), places.Way("commands/review.md", kNewFile, {})}, exchange);
    REQUIRE(removed[0].placed == Placed::kDone);
    REQUIRE(removed[1].placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", {}));
    REQUIRE(places.Shows("commands/review.md", {}));
    REQUIRE(fs::is_directory(places / "skills"));
  }
}

TEST_CASE("what stands there already is left as it is") {
  Places places;
  places.PlaceOne("skills/s", {}, kNew);
  const auto written = fs::last_write_time(places / "skills/s/SKILL.md");
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat((places / "skills/s").c_str(), &before) == 0);
  REQUIRE(places.PlaceOne("skills/s", kOld, kNew).placed == Placed::kAlready);
  REQUIRE(::stat((places / "skills/s").c_str(), &after) == 0);
  REQUIRE(before.st_ino == after.st_ino);
  REQUIRE(fs::last_write_time(places / "skills/s/SKILL.md") == written);
  REQUIRE(places.PlaceOne("skills/none", kOld, {}).placed == Placed::kAlready);
}

TEST_CASE("a person's edit is left and told") {
  Places places;
  SECTION("another content") {
    places.PlaceOne("skills/s", {}, kOld);
    WriteFile(places / "skills/s/SKILL.md", "edited");
    for (const auto& after : {std::optional(kNew), std::optional<Content>()}) {
      const auto outcome = places.PlaceOne("skills/s", kOld, after);
      REQUIRE(outcome.placed == Placed::kEdited);
      REQUIRE_THAT(outcome.note, Catch::Contains("other content"));
      REQUIRE(ReadFile(places / "skills/s/SKILL.md") == "edited");
    }
  }
  SECTION("an executable bit") {
    places.PlaceOne("skills/s", {}, kOld);
    ::chmod((places / "skills/s/run").c_str(), 0644);
    REQUIRE(places.PlaceOne("skills/s", kOld, kNew).placed == Placed::kEdited);
  }
  SECTION("a deletion") {
    REQUIRE(places.PlaceOne("skills/s", kOld, kNew).placed == Placed::kEdited);
    REQUIRE(places.Shows("skills/s", {}));
  }
  SECTION("something where nothing was") {
    WriteFile(places / "skills/s/mine", "m");
    REQUIRE(places.PlaceOne("skills/s", {}, kNew).placed == Placed::kEdited);
    REQUIRE(ReadFile(places / "skills/s/mine") == "m");
  }
  SECTION("a link, even to the same content") {
    places.PlaceOne("elsewhere", {}, kOld);
    fs::create_directories(places / "skills");
    fs::create_symlink("../elsewhere", places / "skills/s");
    REQUIRE(places.PlaceOne("skills/s", kOld, kNew).placed == Placed::kEdited);
    REQUIRE(places.PlaceOne("skills/s", kOld, {}).placed == Placed::kEdited);
    REQUIRE(fs::is_symlink(places / "skills/s"));
    REQUIRE(places.Shows("elsewhere", kOld));
  }
  SECTION("the others are placed all the same") {
    WriteFile(places / "skills/edited/SKILL.md", "mine");
    const auto outcomes = places.Place({places.Way("skills/edited", kOld, kNew), places.Way("skills/s", {}, kNew)});
    REQUIRE(outcomes[0].placed == Placed::kEdited);
    REQUIRE(outcomes[1].placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kNew));
  }
}

TEST_CASE("a directory becomes a file and a file a directory") {
  for (const Exchange exchange : {Exchange::kAtomic, Exchange::kTwoSteps}) {
    Places places;
    places.PlaceOne("commands/review.md", {}, kOld, exchange);
    REQUIRE(places.PlaceOne("commands/review.md", kOld, kNewFile, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("commands/review.md", kNewFile));
    REQUIRE(places.PlaceOne("commands/review.md", kNewFile, kNew, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("commands/review.md", kNew));
    // One file and a directory that holds it alone have the same tree.
    const Content alone = DirectoryOf({{"review.md", "new"}});
    places.PlaceOne("commands/review.md", kNew, kNewFile, exchange);
    REQUIRE(places.PlaceOne("commands/review.md", kNewFile, alone, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("commands/review.md", alone));
  }
}

TEST_CASE("a single file is placed under the name of its path, and several files are a directory") {
  Places places;
  REQUIRE(places.PlaceOne("commands/fork.md", {}, kNewFile).placed == Placed::kDone);
  REQUIRE(ReadFile(places / "commands/fork.md") == "new");
  REQUIRE(places.PlaceOne("commands/fork.md", {}, kNewFile).placed == Placed::kAlready);
  Placement several = places.Way("commands/several.md", {}, kNew);
  several.single_file = true;
  REQUIRE(places.Place({several})[0].placed == Placed::kDone);
  REQUIRE(places.Shows("commands/several.md", kNew));
}

TEST_CASE("several placements of one path are one way") {
  Places places;
  const Content middle = DirectoryOf({{"SKILL.md", "middle"}});
  for (const auto& standing : {kOld, middle, kNew}) {
    fs::remove_all(places / "skills/s");
    places.PlaceOne("skills/s", {}, standing);
    const auto outcomes = places.Place({places.Way("skills/s", kOld, middle), places.Way("skills/s", middle, kNew)});
    REQUIRE(outcomes[0].placed == outcomes[1].placed);
    REQUIRE(outcomes[0].placed != Placed::kEdited);
    REQUIRE(places.Shows("skills/s", kNew));
  }
  REQUIRE(places.Place({places.Way("skills/t", {}, kOld), places.Way("skills/t", kOld, {})})[1].placed == Placed::kAlready);
  REQUIRE(places.Shows("skills/t", {}));
}

TEST_CASE("what is no content moves along, or stays where nothing else does") {
  for (const Exchange exchange : {Exchange::kAtomic, Exchange::kTwoSteps}) {
    Places places;
    places.PlaceOne("skills/s", {}, kOld);
    WriteFile(places / "skills/s/.git/HEAD", "ref");
    WriteFile(places / "shared/data", "d");
    fs::create_directories(places / "skills/s/sub");
    fs::create_directory_symlink("../../../shared", places / "skills/s/sub/data");
    fs::create_symlink("nowhere", places / "skills/s/broken");
    REQUIRE(places.PlaceOne("skills/s", kOld, kNew, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kNew));
    REQUIRE(ReadFile(places / "skills/s/.git/HEAD") == "ref");
    REQUIRE(ReadFile(places / "skills/s/sub/data/data") == "d");
    REQUIRE(fs::is_symlink(places / "skills/s/broken"));

    REQUIRE(places.PlaceOne("skills/s", kNew, {}, exchange).placed == Placed::kDone);
    REQUIRE_FALSE(fs::exists(places / "skills/s/SKILL.md"));
    REQUIRE(ReadFile(places / "skills/s/.git/HEAD") == "ref");
    REQUIRE(places.PlaceOne("skills/s", kNew, {}, exchange).placed == Placed::kAlready);
    REQUIRE(places.PlaceOne("skills/s", {}, kOld, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kOld));
    REQUIRE(ReadFile(places / "skills/s/.git/HEAD") == "ref");
  }
}

TEST_CASE("where the new content has no room for what is no content, nothing is replaced") {
  Places places;
  places.PlaceOne("skills/s", {}, kOld);
  WriteFile(places / "shared/data", "d");
  fs::create_directory_symlink("../../shared", places / "skills/s/deep");
  const auto outcome = places.PlaceOne("skills/s", kOld, kNew);
  REQUIRE(outcome.placed == Placed::kEdited);
  REQUIRE_THAT(outcome.note, Catch::Contains("deep"));
  REQUIRE(places.Shows("skills/s", kOld));
  REQUIRE(fs::is_symlink(places / "skills/s/deep"));
}

TEST_CASE("links in the displaced content mean what they meant at its path") {
  Places places;
  WriteFile(places / "notes.md", "shared");
  WriteFile(places / "skills/s/SKILL.md", "s");
  fs::create_symlink("../../notes.md", places / "skills/s/notes.md");
  fs::create_symlink("SKILL.md", places / "skills/s/again.md");
  const Content before = DirectoryOf({{"SKILL.md", "s"}, {"notes.md", "shared"}, {"again.md", "s"}});
  REQUIRE(places.Shows("skills/s", before));
  for (const Exchange exchange : {Exchange::kAtomic, Exchange::kTwoSteps}) {
    REQUIRE(places.PlaceOne("skills/s", before, kNew, exchange).placed == Placed::kDone);
    REQUIRE(places.Shows("skills/s", kNew));
    fs::remove_all(places / "skills/s");
    WriteFile(places / "skills/s/SKILL.md", "s");
    fs::create_symlink("../../notes.md", places / "skills/s/notes.md");
    fs::create_symlink("SKILL.md", places / "skills/s/again.md");
  }
  REQUIRE(places.PlaceOne("skills/s", before, {}).placed == Placed::kDone);
  REQUIRE(ReadFile(places / "notes.md") == "shared");
}

TEST_CASE("permissions are those of what was replaced, the executable bit the tree's") {
  Places places;
  const Content before = DirectoryOf({{".mcp.json", "1"}, {"run*", "1"}, {"plain", "1"}, {"sub/x", "1"}});
  const Content after = DirectoryOf({{".mcp.json", "2"}, {"run", "2"}, {"plain*", "2"}, {"sub/x", "2"}, {"sub/y*", "2"}});
  places.PlaceOne("mcp/m", {}, before);
  ::chmod((places / "mcp/m/.mcp.json").c_str(), 0600);
  ::chmod((places / "mcp/m/run").c_str(), 0750);
  ::chmod((places / "mcp/m/plain").c_str(), 0640);
  ::chmod((places / "mcp/m/sub").c_str(), 0700);
  REQUIRE(places.PlaceOne("mcp/m", before, after).placed == Placed::kDone);
  REQUIRE(ModeOf(places / "mcp/m/.mcp.json") == 0600);
  REQUIRE(ModeOf(places / "mcp/m/run") == 0640);
  REQUIRE(ModeOf(places / "mcp/m/plain") == 0750);
  REQUIRE(ModeOf(places / "mcp/m/sub") == 0700);
  REQUIRE((ModeOf(places / "mcp/m/sub/y") & S_IXUSR) != 0);
}

TEST_CASE("directories that nobody may write to are removed with what was displaced") {
  Places places;
  places.PlaceOne("skills/s", {}, kOld);
  ::chmod((places / "skills/s/only-old").c_str(), 0555);
  REQUIRE(places.PlaceOne("skills/s", kOld, kNew).placed == Placed::kDone);
  REQUIRE(places.Shows("skills/s", kNew));
}

TEST_CASE("a missing blob changes nothing at any path") {
  Places places;
  places.PlaceOne("skills/s", {}, kOld);
  Placement broken = places.Way("skills/t", {}, kNew);
  broken.tree->entries.push_back({"zz", false, 1, Sha256("never kept")});
  const auto placed = Place({places.Way("skills/s", kOld, kNew), broken}, places.blobs(), places.staging());
  REQUIRE_FALSE(placed.ok());
  REQUIRE(placed.error().code == Code::kCorrupt);
  REQUIRE(places.Shows("skills/s", kOld));
  REQUIRE(places.Shows("skills/t", {}));
  REQUIRE_FALSE(fs::exists(places.staging()));
}

TEST_CASE("a directory that cannot be written to is an error, and the rest can be placed again") {
  Places places;
  places.PlaceOne("skills/s", {}, kOld);
  WriteFile(places / "commands", "a file where a folder should be");
  const std::vector<Placement> placements = {places.Way("skills/s", kOld, kNew), places.Way("commands/review.md", {}, kNewFile)};
  const auto placed = Place(placements, places.blobs(), places.staging());
  REQUIRE_FALSE(placed.ok());
  REQUIRE(placed.error().code == Code::kFailed);
  REQUIRE(places.Shows("skills/s", kOld));
  REQUIRE_FALSE(fs::exists(places.staging()));
  fs::remove(places / "commands");
  const auto again = places.Place(placements);
  REQUIRE(again[0].placed == Placed::kDone);
  REQUIRE(again[1].placed == Placed::kDone);
}

TEST_CASE("a full disk leaves the old content at every path, and no leftovers") {
  Places places;
  const SmallDisk disk(places / "disk", "1m");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  const Content large = DirectoryOf({{"SKILL.md", "s"}, {"a", std::string(300'000, 'a')}, {"b", std::string(300'000, 'b')}});
  const auto staging = places / "disk/.staging";
  const std::vector<Placement> first = {places.Way("disk/skills/s", {}, kOld), places.Way("disk/skills/t", {}, large)};
  REQUIRE(Require(Place(first, places.blobs(), staging))[1].placed == Placed::kDone);
  const Content larger = DirectoryOf({{"SKILL.md", "s"}, {"a", std::string(300'000, 'c')}, {"b", std::string(300'000, 'd')}});
  const auto placed = Place({places.Way("disk/skills/s", kOld, kNew), places.Way("disk/skills/t", large, larger)}, places.blobs(), staging);
  REQUIRE_FALSE(placed.ok());
  REQUIRE(placed.error().code == Code::kFailed);
  REQUIRE_THAT(placed.error().message, Catch::Contains("No space left"));
  REQUIRE(places.Shows("disk/skills/s", kOld));
  REQUIRE(places.Shows("disk/skills/t", large));
  REQUIRE_FALSE(fs::exists(staging));
}

TEST_CASE("another file system than that of the staging directory is refused before anything changes") {
  Places places;
  const SmallDisk disk(places / "disk", "1m");
  if (!disk.mounted()) {
    WARN("skipped: this process may not mount a small file system");
    return;
  }
  const auto placed = Place({places.Way("skills/s", {}, kNew), places.Way("disk/s", {}, kNew)}, places.blobs(), places.staging());
  REQUIRE_FALSE(placed.ok());
  REQUIRE_THAT(placed.error().message, Catch::Contains("another file system"));
  REQUIRE(places.Shows("skills/s", {}));
}

TEST_CASE("folders that are links are used as they are") {
  Places places;
  fs::create_directories(places / "dotfiles/skills");
  fs::create_directory_symlink("dotfiles/skills", places / "skills");
  REQUIRE(places.PlaceOne("skills/s", {}, kNew).placed == Placed::kDone);
  REQUIRE(places.Shows("dotfiles/skills/s", kNew));
  REQUIRE(fs::is_symlink(places / "skills"));
}

TEST_CASE("a tree is written where nothing is, and nowhere else") {
  Places places;
  const Version version = places.Keep(kNew);
  Require(WriteTree(version.tree, false, places / "to/skills/s", places.blobs()));
  Require(SyncFileSystem(places / "to"));
  REQUIRE(places.Shows("to/skills/s", kNew));
  REQUIRE(WriteTree(version.tree, false, places / "to/skills/s", places.blobs()).error().code == Code::kConflict);
  Require(WriteTree(places.Keep(kNewFile).tree, true, places / "to/commands/other.md", places.blobs()));
  REQUIRE(ReadFile(places / "to/commands/other.md") == "new");
  Tree broken = version.tree;
  broken.entries.push_back({"zz", false, 1, Sha256("never kept")});
  REQUIRE_FALSE(WriteTree(broken, false, places / "to/skills/t", places.blobs()).ok());
  REQUIRE_FALSE(fs::exists(places / "to/skills/t"));
  Tree hostile;
  hostile.entries.push_back({"../escaped", false, 3, version.tree.entries.front().digest});
  REQUIRE(WriteTree(hostile, false, places / "to/skills/u", places.blobs()).error().code == Code::kUsage);
  REQUIRE_FALSE(fs::exists(places / "to/skills/escaped"));
}

TEST_CASE("two that place with one staging directory wait for each other") {
  Places places;
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  std::vector<std::vector<Placement>> work;
  for (int i = 0; i < 4; ++i) work.push_back({places.Way("skills/s" + std::to_string(i), {}, kNew)});
  Require(places.blobs().Sync());
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto placed = Place(work[static_cast<size_t>(i)], places.blobs(), places.staging());
      if (!placed.ok() || placed->front().placed != Placed::kDone) ++failed;
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(failed == 0);
  for (int i = 0; i < 4; ++i) REQUIRE(places.Shows("skills/s" + std::to_string(i), kNew));
}

}  // namespace
}  // namespace skilltrail::collection
