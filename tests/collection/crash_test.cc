#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>

#include "tests/collection/crash_world.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

// A directory in memory where there is one: a killed process loses nothing that it gave the kernel, so the disk has no part in this test,
// and syncing one that others write to may take minutes.
class FastDir {
 public:
  FastDir() {
    const fs::path memory = "/dev/shm";
    const fs::path base = ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : fs::temp_directory_path();
    std::string name = (base / "skilltrail-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~FastDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FastDir(const FastDir&) = delete;
  FastDir& operator=(const FastDir&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The program that places, from "ready" on.
class PlaceProgram {
 public:
  explicit PlaceProgram(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SKILLTRAIL_PLACE_PROGRAM);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failed = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) throw std::runtime_error("cannot start the program");
    if (Read(6) != "ready\n") throw std::runtime_error("the program did not get ready");
  }
  ~PlaceProgram() { ::close(output_); }
  PlaceProgram(const PlaceProgram&) = delete;
  PlaceProgram& operator=(const PlaceProgram&) = delete;

  void KillAfter(unsigned microseconds) {
    ::usleep(microseconds);
    ::kill(pid_, SIGKILL);
  }
  // True if it came to its end.
  bool Finished() {
    const bool done = Read(5) == "done\n";
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return done;
  }

 private:
  std::string Read(size_t size) const {
    std::string text(size, '\0');
    size_t filled = 0;
    for (ssize_t got = 0; filled < size && (got = ::read(output_, text.data() + filled, size - filled)) > 0;)
      filled += static_cast<size_t>(got);
    text.resize(filled);
    return text;
  }

  pid_t pid_ = -1;
  int output_ = -1;
};

Digest Shown(const fs::path& path) {
  auto content = ReadContent(path);
  if (!content.ok() && content.error().code == Code::kNotFound) return {};
  return Describe(Require(std::move(content))).tree_digest;
}

void KillAgainAndAgain(const std::string& exchange, bool may_be_absent) {
  const FastDir store;
  const FastDir dir;
  {
    const auto database = Require(store::Database::Create(store.path(), {}));
    store::BlobStore blobs(*database);
    for (size_t artifact = 0; artifact < kCrashArtifacts; ++artifact) {
      for (const int version : {1, 2}) {
        if (const auto content = CrashContent(artifact, version)) Require(Keep(*content, blobs));
      }
    }
    Require(blobs.Sync());
  }
  const auto start = [&](int from, int to) {
    return std::vector<std::string>{store.path().string(), dir.path().string(), std::to_string(from), std::to_string(to), exchange};
  };
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(PlaceProgram(start(0, 1)).Finished());
  const auto whole = std::chrono::steady_clock::now() - begin;
  auto whole_us = static_cast<unsigned>(std::chrono::duration_cast<std::chrono::microseconds>(whole).count());

  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  int from = 1;
  int killed = 0;
  for (int round = 0; round < 25; ++round) {
    const int to = 3 - from;
    // At every point of the work; a second kill may fall into what the next call settles.
    for (int kills = 1 + static_cast<int>(random() % 2); kills > 0; --kills) {
      PlaceProgram program(start(from, to));
      program.KillAfter(static_cast<unsigned>(random()) % whole_us);
      const bool finished = program.Finished();
      killed += finished ? 0 : 1;
      // The machine's speed changes while we look: aim again at where the work is.
      whole_us = finished ? std::max(whole_us * 3 / 4, 200U) : whole_us * 5 / 4;
      for (size_t artifact = 0; artifact < kCrashArtifacts; ++artifact) {
        INFO("round " << round << " artifact " << artifact);
        const Digest shown = Shown(CrashPath(dir.path(), artifact));
        const bool old_or_new = shown == CrashDigest(artifact, from) || shown == CrashDigest(artifact, to);
        REQUIRE((old_or_new || (may_be_absent && shown.zero())));
      }
    }
    REQUIRE(PlaceProgram(start(from, to)).Finished());
    for (size_t artifact = 0; artifact < kCrashArtifacts; ++artifact) {
      REQUIRE(Shown(CrashPath(dir.path(), artifact)) == CrashDigest(artifact, to));
    }
    REQUIRE_FALSE(fs::exists(dir.path() / ".staging"));
    from = to;
  }
  REQUIRE(killed > 5);
}

TEST_CASE("a program killed while it places leaves old or new at every path, and the next one finishes") {
  KillAgainAndAgain("atomic", false);
}

TEST_CASE("where the exchange takes two steps, a killed program's paths are whole after the next one") {
  KillAgainAndAgain("two-steps", true);
}

}  // namespace
}  // namespace skilltrail::collection
