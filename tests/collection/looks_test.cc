#include "engine/collection/looks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "engine/collection/content.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;
using testing::ReadFile;
using testing::TempDir;
using testing::WriteFile;

// Longer than the slack of a local file system.
void LetTheClockPass() {
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
}

Digest Truth(const fs::path& path) {
  auto content = ReadContent(path);
  REQUIRE(content.ok());
  return Describe(*content).tree_digest;
}

void SetTimes(const fs::path& file, int64_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

class Library {
 public:
  Library() {
    fs::create_directories(store);
    WriteFile(root / "skills/a/SKILL.md", "a\n");
    WriteFile(root / "skills/a/scripts/run.sh", "run\n");
    WriteFile(root / "commands/go.md", "go\n");
    LetTheClockPass();
  }

  // Looks at everything; how many files were read.
  size_t Look(Looks::Options options = {}, bool ahead = false) {
    Looks looks(store, std::move(options));
    if (ahead) looks.LookAhead(root);
    for (const auto& path : paths) looks.Want(root, path);
    looks.Run();
    for (const auto& path : paths) {
      const auto& found = looks.At(root, path);
      REQUIRE(found.ok());
      REQUIRE(*found == Truth(root / path));
    }
    looks.Save();
    return looks.files_read();
  }
  fs::path CacheFile() const {
    for (const auto& entry : fs::directory_iterator(store / "stat")) {
      if (entry.path().filename() != "clock") return entry.path();
    }
    return {};
  }

  TempDir dir;
  fs::path store = dir / "store";
  fs::path root = dir / "library";
  std::set<std::string> paths = {"skills/a", "commands/go.md"};
};

TEST_CASE("what was hashed once is not read again") {
  Library library;
  REQUIRE(library.Look() == 3);
  REQUIRE(library.Look() == 0);
}

TEST_CASE("a look ahead spares the look at what stands, and only that") {
  Library library;
  library.Look();
  REQUIRE(library.Look({}, true) == 0);
  WriteFile(library.root / "skills/a/SKILL.md", "b\n");
  REQUIRE(library.Look({}, true) == 1);
  LetTheClockPass();
  library.Look();

  // What was known and is not wanted now stays known, and is not answered for.
  library.paths = {"commands/go.md"};
  REQUIRE(library.Look({}, true) == 0);
  library.paths.insert("skills/a");
  REQUIRE(library.Look() == 0);

  // Whatever is called while it goes on ends it first; so does the end of the object.
  for (int round = 0; round < 50; ++round) {
    Looks looks(library.store, {});
    looks.LookAhead(library.root);
    if (round % 3 == 0) looks.Note(library.root, "round", Sha256(std::to_string(round)));
    if (round % 3 == 1) REQUIRE(looks.At(library.root, "skills/a").ok());
    if (round % 2 == 0) looks.LookAhead(library.root);
    looks.Save();
  }
  Looks nowhere(library.store, {});
  nowhere.LookAhead(library.dir / "absent");
  nowhere.Run();
}

TEST_CASE("a rehash reads everything, and what it found is trusted afterwards") {
  Library library;
  library.Look();
  Looks::Options rehash;
  rehash.rehash = true;
  REQUIRE(library.Look(rehash) == 3);
  REQUIRE(library.Look() == 0);
}

TEST_CASE("a look that keeps nothing leaves nothing in the store") {
  Library library;
  Looks::Options options;
  options.keep = false;
  REQUIRE(library.Look(options) == 3);
  REQUIRE(fs::is_empty(library.store));
}

TEST_CASE("any change of a file is seen, even with its size and modification time put back") {
  Library library;
  const fs::path file = library.root / "skills/a/SKILL.md";
  SetTimes(file, 1'700'000'000);
  LetTheClockPass();
  library.Look();
  WriteFile(file, "b\n");
  SetTimes(file, 1'700'000'000);
  REQUIRE(library.Look() == 1);
  LetTheClockPass();
  library.Look();
  fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
  REQUIRE(library.Look() == 1);
  fs::rename(file, file.string() + ".old");
  WriteFile(file, "b\n");
  REQUIRE(library.Look() >= 1);
  fs::remove(file.string() + ".old");
  fs::remove(library.root / "skills/a/scripts/run.sh");
  REQUIRE(library.Look() <= 1);
}

TEST_CASE("a file that is written within the clock's grain after it was hashed is not mistaken for what it was") {
  Library library;
  const fs::path file = library.root / "commands/go.md";
  for (int i = 0; i < 200; ++i) {
    WriteFile(file, i % 2 == 0 ? "even\n" : "odd!\n");
    library.Look({}, random() % 2 == 0);  // holds every answer against the bytes
  }
}

TEST_CASE("a time in the future is never trusted") {
  Library library;
  SetTimes(library.root / "commands/go.md", 4'000'000'000);
  LetTheClockPass();
  REQUIRE(library.Look() == 3);
  REQUIRE(library.Look() == 1);
  REQUIRE(library.Look() == 1);
}

TEST_CASE("a damaged cache costs time and nothing else") {
  Library library;
  library.Look();
  const fs::path file = library.CacheFile();
  const std::string good = ReadFile(file);
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    const size_t at = random() % bad.size();
    if (i % 3 == 0) {
      bad.resize(at);
    } else if (i % 3 == 1) {
      bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
    } else {
      bad.replace(at, bad.size() - at, bad.size() - at, '\0');
    }
    WriteFile(file, bad);
    INFO("seed 7, damage " << i << " at " << at);
    library.Look();
  }
  WriteFile(file, "skilltrail stat cache 3\nof a later version");
  REQUIRE(library.Look() == 3);
  REQUIRE(library.Look() == 0);
}

TEST_CASE("a store that cannot be written to answers all the same") {
  Library library;
  WriteFile(library.store / "stat", "no directory");
  REQUIRE(library.Look() == 3);
  REQUIRE(library.Look() == 3);
}

TEST_CASE("two looks at once leave a whole cache") {
  Library library;
  for (int i = 0; i < 30; ++i) library.paths.insert("skills/s" + std::to_string(i));
  for (const auto& path : library.paths) {
    if (path.starts_with("skills/s")) WriteFile(library.root / path / "SKILL.md", path);
  }
  LetTheClockPass();
  const auto look = [&] {
    Looks looks(library.store, {});
    for (const auto& path : library.paths) looks.Want(library.root, path);
    looks.Run();
    looks.Save();
  };
  std::thread other(look);
  look();
  other.join();
  REQUIRE(library.Look() == 0);
}

TEST_CASE("what is gone is forgotten, and what cannot be read is an error each time") {
  Library library;
  library.Look();
  fs::remove_all(library.root / "skills/a");
  Looks looks(library.store, {});
  REQUIRE(looks.At(library.root, "skills/a").error().code == Code::kNotFound);
  REQUIRE(looks.At(library.root, "commands/go.md").ok());
  looks.Save();
  fs::create_symlink("nothing", library.root / "skills/a");
  Looks again(library.store, {});
  REQUIRE(again.At(library.root, "skills/a").error().code == Code::kFailed);
}

TEST_CASE("a link to a file counts as its target's bytes, and a changed target is seen") {
  Library library;
  const fs::path outside = library.dir / "outside.txt";
  WriteFile(outside, "one\n");
  fs::create_symlink(outside, library.root / "skills/a/link.txt");
  LetTheClockPass();
  REQUIRE(library.Look() == 4);
  REQUIRE(library.Look() == 0);
  WriteFile(outside, "two\n");
  REQUIRE(library.Look() == 1);
}

TEST_CASE("a file that comes or goes is seen, even with its directory's modification time put back") {
  Library library;
  const fs::path scripts = library.root / "skills/a/scripts";
  SetTimes(scripts, 1'700'000'000);
  LetTheClockPass();
  library.Look();
  library.Look();
  WriteFile(scripts / "more.sh", "more\n");
  SetTimes(scripts, 1'700'000'000);
  REQUIRE(library.Look() == 1);
  LetTheClockPass();
  REQUIRE(library.Look() == 1);
  fs::rename(scripts / "more.sh", scripts / "other.sh");
  SetTimes(scripts, 1'700'000'000);
  REQUIRE(library.Look() == 1);
  fs::remove(scripts / "other.sh");
  SetTimes(scripts, 1'700'000'000);
  REQUIRE(library.Look() == 0);
}

TEST_CASE("a link that comes to lead to something else is seen, though nothing beside it was touched") {
  Library library;
  const fs::path outside = library.dir / "outside";
  fs::create_symlink(outside, library.root / "skills/a/link.txt");
  LetTheClockPass();
  REQUIRE(library.Look() == 3);
  REQUIRE(library.Look() == 0);
  WriteFile(outside, "now it leads to a file\n");
  REQUIRE(library.Look() == 1);
  fs::remove(outside);
  fs::create_directory(outside);
  REQUIRE(library.Look() == 0);
}

TEST_CASE("whatever is done to a tree, the next look says what reading all of it says") {
  Library library;
  const fs::path top = library.root / "skills/a";
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  const auto any_path = [&] {
    static const char* kDirectories[] = {"", "scripts", "scripts/deep", "more"};
    return top / kDirectories[random() % 4] / std::to_string(random() % 3);
  };
  for (int step = 0; step < 1500; ++step) {
    const fs::path path = any_path();
    const fs::path parent = path.parent_path();
    std::error_code ignored;
    const bool parent_stands = fs::is_directory(parent, ignored);
    switch (random() % 8) {
      case 0:
        fs::create_directories(parent, ignored);
        break;
      case 1:
        if (parent_stands && !fs::exists(fs::symlink_status(path, ignored))) WriteFile(path, std::to_string(random() % 3));
        break;
      case 2:
        fs::remove_all(path, ignored);
        break;
      case 3:
        fs::rename(path, any_path(), ignored);
        break;
      case 4:
        fs::create_symlink(any_path(), path, ignored);
        break;
      case 5:
        fs::remove_all(parent == top ? path : parent, ignored);
        break;
      case 6:
        if (parent_stands) SetTimes(parent, 1'700'000'000);
        break;
      default:
        if (fs::is_regular_file(path, ignored)) WriteFile(path, std::to_string(random() % 3));
        break;
    }
    if (random() % 20 == 0) LetTheClockPass();
    INFO("seed " << seed << ", step " << step);
    library.Look();  // holds every answer against the bytes
  }
}

TEST_CASE("a root on another file system has its own clock, and nothing is left to see there") {
  Library library;
  struct stat here {};
  struct stat there {};
  if (::stat(library.store.c_str(), &here) != 0 || ::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev) return;
  std::string pattern = "/dev/shm/skilltrail-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  library.root = pattern;
  WriteFile(library.root / "skills/a/SKILL.md", "a\n");
  WriteFile(library.root / "commands/go.md", "go\n");
  LetTheClockPass();
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat(pattern.c_str(), &before) == 0);
  REQUIRE(library.Look() == 2);
  REQUIRE(library.Look() == 0);
  REQUIRE(::stat(pattern.c_str(), &after) == 0);
  REQUIRE(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  fs::remove_all(pattern);
}

TEST_CASE("the peer's hash leaves out what its deployment drops, and is computed once") {
  Library library;
  WriteFile(library.root / "skills/a/.gitignore", "*.pyc\n");
  LetTheClockPass();
  const auto content = ReadContent(library.root / "skills/a");
  REQUIRE(content.ok());
  const std::string wanted = ContentHash(*content, [](std::string_view path) { return !PeerDropsOnDeploy(path); });
  for (int i = 0; i < 2; ++i) {
    Looks looks(library.store, {});
    const auto hash = looks.PeerHashAt(library.root, "skills/a");
    REQUIRE(hash.ok());
    REQUIRE(*hash == wanted);
    looks.Save();
  }
  WriteFile(library.root / "skills/a/.gitignore", "*.pyo\n");
  WriteFile(library.root / "skills/a/SKILL.md", "another\n");
  Looks looks(library.store, {});
  const auto hash = looks.PeerHashAt(library.root, "skills/a");
  REQUIRE(hash.ok());
  REQUIRE(*hash != wanted);
}

TEST_CASE("a tree of many files on many threads has the digest of one read in order") {
  Library library;
  for (int i = 0; i < 40; ++i) {
    const std::string path = "skills/many" + std::to_string(i);
    library.paths.insert(path);
    for (int j = 0; j < 10; ++j) WriteFile(library.root / path / ("d" + std::to_string(j % 3)) / std::to_string(j), std::to_string(i * j));
  }
  LetTheClockPass();
  Looks::Options options;
  options.threads = 8;
  REQUIRE(library.Look(options) == 403);
  REQUIRE(library.Look(options) == 0);
}

}  // namespace
}  // namespace skilltrail::collection
