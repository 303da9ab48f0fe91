// What the program refuses: with the exit code that says why, a line that names the thing, and a log that is as before.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/small_disk.h"
#include "tests/system/world.h"

namespace skilltrail::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNobody = "65534";

// Requires that the command ends with `code`, says why in its error line, and leaves the anchor as it was.
void RequireRefused(const World& world, const Arguments& arguments, int code, const std::string& named) {
  const auto before = world.anchor();
  const auto ending = world.Run(arguments);
  INFO("skilltrail " << (arguments.empty() ? "" : arguments.front()) << " ... " << named << "\n" << ending.out << ending.err);
  REQUIRE(ending.code == code);
  REQUIRE(ending.err.rfind("error: ", 0) == 0);
  REQUIRE(ending.err.substr(0, ending.err.find('\n')).find(named) != std::string::npos);
  REQUIRE(ending.out.empty());
  REQUIRE(world.anchor() == before);
}

// Writes a file of whatever is free on the disk but `left` bytes.
void Fill(const SmallDisk& disk, uint64_t left) {
  const auto free = fs::space(disk.at()).available;
  if (free > left) WriteFile(disk.at() / "ballast", std::string(free - left, 'x'));
}

void AddTwoOfOneName(const World& world) {
  WriteSkill(world.root() / "kit" / "skills" / "twin", "a skill");
  WriteFile(world.root() / "kit" / "commands" / "twin.md", "---\ndescription: a command\n---\nRun it.\n");
  REQUIRE(world.Run({"add", (world.root() / "kit").string(), "--all"}).code == 0);
}

}  // namespace

TEST_CASE("what is misspelt or not there is refused by name and changes nothing") {
  World world;
  AddTwoOfOneName(world);
  const auto head = world.Head();
  struct Refusal {
    Arguments arguments;
    int code;
    std::string named;
  };
  const std::vector<Refusal> refusals = {
      {{"frobnicate"}, 2, "frobnicate"},
      {{"list", "--frob"}, 2, "--frob"},
      {{"capture", "surplus"}, 2, "surplus"},
      {{"--lock-timeout", "soon", "capture"}, 2, "soon"},
      {{"list", "--type", "spell"}, 2, "spell"},
      {{"refresh", "--type", "spell"}, 2, "spell"},
      {{"refresh", "--field", "stars"}, 2, "stars"},
      {{"log", "--type", "artifact_eaten"}, 2, "artifact_eaten"},
      {{"refresh", "--check", "--sync"}, 2, "--sync"},
      {{"list", "--at", "someday"}, 2, "someday"},
      {{"list", "--at", "100000"}, 2, "100000"},
      {{"restore", "--at", "100000", "--yes"}, 2, "100000"},
      {{"restore", "--at", "2999-01-01T00:00:00Z", "--yes"}, 2, "2999-01-01"},
      {{"restore", "--yes"}, 2, "--at"},
      {{"restore", "--at", "@~1"}, 2, "needs a yes"},
      {{"list", "--at", "snap:never"}, 3, "never"},
      {{"show", "twin"}, 2, "twin"},
      {{"add", (world.root() / "kit").string(), "--name", ""}, 2, "it is empty"},
      {{"add", (world.root() / "kit").string(), "--name", "a:b"}, 2, "a:b"},
      {{"remove", "twin"}, 2, "twin"},
      {{"refresh", "twin"}, 2, "twin"},
      {{"show", "nobody"}, 3, "nobody"},
      {{"remove", "skill:nobody"}, 3, "nobody"},
      {{"tags", "add", "skill:nobody", "x"}, 3, "nobody"},
      {{"restore", "skill:nobody", "--at", "@", "--yes"}, 3, "nobody"},
      {{"refresh", "skill:nobody"}, 3, "nobody"},
      {{"cat", "skill:twin:nothing.md"}, 3, "nothing.md"},
      {{"cat", "skill:twin:../../collection.toml"}, 3, "collection.toml"},
      {{"-c", "nowhere", "list"}, 3, "nowhere"},
      {{"-c", "nowhere", "capture"}, 3, "nowhere"},
      {{"-c", "nowhere", "refresh"}, 3, "nowhere"},
      {{"collection", "use", "nowhere"}, 3, "nowhere"},
      {{"collection", "create", "../outside"}, 2, "../outside"},
      {{"collection", "create", "default"}, 4, "default"},
      {{"add", "./not-there"}, 3, "not-there"},
      {{"adopt", "./not-there"}, 3, "not-there"},
      {{"restore", "--at", "@", "--to", world.root().string()}, 4, world.root().string()},
  };
  for (const auto& refusal : refusals) RequireRefused(world, refusal.arguments, refusal.code, refusal.named);
  REQUIRE(world.Head() == head);
}

TEST_CASE("a broken collection.toml stops writing commands, and is left as it is") {
  World world;
  AddTwoOfOneName(world);
  const auto manifest = world.collection() / "collection.toml";
  const auto good = ReadFile(manifest);
  WriteFile(manifest, "artifacts = [");
  for (const Arguments& command : {Arguments{"capture"}, Arguments{"refresh"}, Arguments{"remove", "skill:twin"}}) {
    RequireRefused(world, command, 1, "collection.toml");
  }
  REQUIRE(ReadFile(manifest) == "artifacts = [");
  REQUIRE(world.Json({"list"}).at("artifacts").size() == 2);
  WriteFile(manifest, good);
  REQUIRE(world.Run({"remove", "skill:twin"}).code == 0);
}

TEST_CASE("broken front matter is taken as it is, with the body for a description") {
  World world;
  AddTwoOfOneName(world);
  const std::string broken = "---\nname: [twin\n: : x\n---\nFirst line of the body.\n";
  WriteFile(world.collection() / "skills" / "twin" / "SKILL.md", broken);
  REQUIRE(world.Run({"capture"}).code == 0);
  REQUIRE(world.Run({"cat", "skill:twin"}).out == broken);
  REQUIRE(world.Json({"show", "skill:twin"}).at("metadata").at("description") == "First line of the body.");
}

TEST_CASE("a place without a store is not found, and stays without one") {
  World world;
  const auto nowhere = world.root() / "nowhere";
  for (const std::string command : {"list", "capture", "verify", "log", "refresh"}) {
    RequireRefused(world, {"--store", nowhere.string(), command}, 3, nowhere.string());
  }
  REQUIRE(!fs::exists(nowhere));
}

TEST_CASE("a store with a part missing or another's anchor is corrupt, for readers and writers") {
  World world;
  AddTwoOfOneName(world);
  const auto damaged = world.root() / "damaged";
  fs::copy(world.store(), damaged, fs::copy_options::recursive);
  std::string named = "HEAD";
  SECTION("HEAD is gone") {
    fs::remove(damaged / "HEAD");
  }
  SECTION("the database is gone") {
    fs::remove_all(damaged / "db");
  }
  SECTION("a digit of HEAD's hash is another") {
    auto anchor = ReadFile(damaged / "HEAD");
    auto& digit = anchor[anchor.find_last_not_of('\n')];
    digit = digit == '0' ? '1' : '0';
    WriteFile(damaged / "HEAD", anchor);
  }
  SECTION("HEAD is ahead of the database") {
    const auto older = world.root() / "older";
    fs::copy(world.store(), older, fs::copy_options::recursive);
    REQUIRE(world.Run({"remove", "skill:twin"}).code == 0);
    WriteFile(damaged / "HEAD", world.anchor());
  }
  SECTION("HEAD is not a head") {
    WriteFile(damaged / "HEAD", "hello\n");
  }
  for (const std::string command : {"list", "log", "capture", "refresh", "verify", "init"}) {
    RequireRefused(world, {"--store", damaged.string(), command}, 6, named);
  }
  const auto verified = world.Run({"--store", damaged.string(), "verify", "--json"});
  REQUIRE(verified.code == 6);
  const auto document = nlohmann::json::parse(verified.out);
  REQUIRE(document.at("ok") == false);
  REQUIRE(document.at("problems").size() == 1);
}

TEST_CASE("a low soft limit of open files is no obstacle") {
  World world;
  const Ending ending =
      Program({"/bin/sh", "-c", "ulimit -Sn 12 && exec \"$@\"", "sh", SKILLTRAIL_PROGRAM, "list"}, world.environment, world.scratch())
          .Wait();
  INFO(ending.err);
  REQUIRE(ending.code == 0);
}

TEST_CASE("a store that cannot be written can be read, and says so to a writer") {
  World world;
  AddTwoOfOneName(world);
  Arguments prefix;
  if (::geteuid() == 0) {
    prefix = {"setpriv", "--reuid", kNobody, "--regid", kNobody, "--clear-groups"};
    auto trial = prefix;
    trial.insert(trial.end(), {SKILLTRAIL_PROGRAM, "--version"});
    if (Program(trial, world.environment, world.scratch()).Wait().code != 0) {
      WARN("skipped: root cannot become nobody here, and root may write everywhere");
      return;
    }
  }
  fs::permissions(world.root(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  const auto project = world.root() / "project";
  fs::create_directories(project);
  REQUIRE(world.Run({"deploy", "skill:twin", "--project", project.string()}).code == 0);
  WriteFile(project / ".claude" / "skills" / "twin" / "SKILL.md", "edited\n");
  constexpr auto kWrite = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  const auto set_writable = [&](fs::perm_options how) {
    fs::permissions(world.store(), kWrite & (how == fs::perm_options::add ? fs::perms::owner_write : kWrite), how);
    for (const auto& entry : fs::recursive_directory_iterator(world.store())) {
      fs::permissions(entry.path(), how == fs::perm_options::add ? fs::perms::owner_write : kWrite, how);
    }
  };
  set_writable(fs::perm_options::remove);
  const auto run = [&](const Arguments& arguments) {
    auto all = prefix;
    all.push_back(SKILLTRAIL_PROGRAM);
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Program(all, world.environment, world.scratch()).Wait();
  };
  const auto anchor = world.anchor();
  // Drift would record what it finds; here it says it all the same.
  const auto finding = run({"drift", "--project", project.string(), "--json"});
  INFO(finding.err);
  REQUIRE(finding.code == 0);
  REQUIRE(nlohmann::json::parse(finding.out).at("modified_count") == 1);
  REQUIRE(finding.err.find("not recorded") != std::string::npos);
  for (const Arguments& reading : {Arguments{"list"}, Arguments{"log"}, Arguments{"verify"}}) {
    const auto ending = run(reading);
    INFO(reading.front() << ": " << ending.err);
    REQUIRE(ending.code == 0);
  }
  for (const Arguments& writing : {Arguments{"capture"}, Arguments{"remove", "skill:twin"}, Arguments{"init"}}) {
    const auto ending = run(writing);
    INFO(writing.front() << ": " << ending.out << ending.err);
    if (writing.front() == "init") continue;
    REQUIRE(ending.code == 1);
    REQUIRE(ending.err.rfind("error: ", 0) == 0);
    REQUIRE(ending.err.find(world.store().string()) != std::string::npos);
  }
  set_writable(fs::perm_options::add);
  REQUIRE(world.anchor() == anchor);
  REQUIRE(world.Run({"remove", "skill:twin"}).code == 0);
}

TEST_CASE("a full disk fails a command and changes nothing; with room again the next one works") {
  World world;
  const SmallDisk disk(world.root() / "disk", "48m");
  if (!disk.mounted()) {
    WARN("skipped: no file system can be mounted here");
    return;
  }
  const auto store = world.root() / "disk" / "store";
  world.environment["SKILLTRAIL_STORE"] = store.string();
  REQUIRE(world.Run({"init"}).code == 0);
  AddTwoOfOneName(world);
  const auto head = world.Head();
  WriteSkill(world.root() / "large", "large");
  std::string noise(6'000'000, '\0');
  for (size_t i = 0, x = 1; i < noise.size(); ++i)
    noise[i] = static_cast<char>((x = x * 6364136223846793005U + 1442695040888963407U) >> 56U);
  WriteFile(world.root() / "large" / "noise.bin", noise);
  const auto listed = world.Json({"list"});
  for (const uint64_t left : {uint64_t{0}, uint64_t{65'536}, uint64_t{1'000'000}, uint64_t{4'000'000}}) {
    Fill(disk, left);
    const auto failed = world.Run({"add", (world.root() / "large").string()});
    INFO("left " << left << ": " << failed.out << failed.err);
    REQUIRE(failed.code == 1);
    REQUIRE(failed.err.rfind("error: ", 0) == 0);
    REQUIRE(world.Json({"list"}) == listed);
    fs::remove(world.root() / "disk" / "ballast");
    REQUIRE(world.Head() == head);
  }
  const auto added = world.Run({"add", (world.root() / "large").string()});
  INFO(added.err);
  REQUIRE(added.code == 0);
  REQUIRE(world.Json({"list"}).at("artifacts").size() == 3);
  REQUIRE((ReadFile(store / "collections" / "default" / "skills" / "large" / "noise.bin") == noise));
  world.Head();
}

}  // namespace skilltrail::testing
