#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "engine/manifest/atomic_file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::manifest {
namespace {

namespace fs = std::filesystem;
using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

size_t CountFiles(const fs::path& dir) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
}

TEST_CASE("a write replaces the whole file and leaves nothing beside it") {
  const TempDir dir;
  REQUIRE(WriteFileAtomically(dir / "f", std::string(1 << 20, 'a')).ok());
  REQUIRE(WriteFileAtomically(dir / "f", "b").ok());
  REQUIRE(ReadFile(dir / "f") == "b");
  REQUIRE(CountFiles(dir.path()) == 1);
}

TEST_CASE("a private file stays private") {
  const TempDir dir;
  WriteFile(dir / "f", "a");
  fs::permissions(dir / "f", fs::perms::owner_read | fs::perms::owner_write);
  REQUIRE(WriteFileAtomically(dir / "f", "b").ok());
  REQUIRE(fs::status(dir / "f").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a link goes on pointing to the file that is replaced; one to nothing is an error") {
  const TempDir dir;
  WriteFile(dir / "real/f", "a");
  fs::create_symlink("real/f", dir / "link");
  REQUIRE(WriteFileAtomically(dir / "link", "b").ok());
  REQUIRE(fs::is_symlink(dir / "link"));
  REQUIRE(ReadFile(dir / "real/f") == "b");
  fs::create_symlink("nothing", dir / "dangling");
  REQUIRE_FALSE(WriteFileAtomically(dir / "dangling", "b").ok());
  REQUIRE(fs::is_symlink(dir / "dangling"));
}

TEST_CASE("what a killed writer left is ignored, and removed by the next; what a writer at work has stays") {
  const TempDir dir;
  WriteFile(dir / ".f.tmp-1-0", "of a killed writer");
  WriteFile(dir / ".f.tmp-2-0", "of a writer at work");
  WriteFile(dir / ".g.tmp-1-0", "of another file");
  const int at_work = ::open((dir / ".f.tmp-2-0").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(at_work, LOCK_EX | LOCK_NB) == 0);
  REQUIRE(WriteFileAtomically(dir / "f", "b").ok());
  ::close(at_work);
  REQUIRE(ReadFile(dir / "f") == "b");
  REQUIRE_FALSE(fs::exists(dir / ".f.tmp-1-0"));
  REQUIRE(fs::exists(dir / ".f.tmp-2-0"));
  REQUIRE(fs::exists(dir / ".g.tmp-1-0"));
}

TEST_CASE("a failed write leaves the old file and no other") {
  const TempDir dir;
  fs::create_directory(dir / "f");
  WriteFile(dir / "f/inside", "a");
  auto written = WriteFileAtomically(dir / "f", "b");
  REQUIRE(written.error().message.find((dir / "f").string()) != std::string::npos);
  REQUIRE(CountFiles(dir.path()) == 1);
  REQUIRE_FALSE(WriteFileAtomically(dir / "nowhere/f", "b").ok());
}

TEST_CASE("a reader and a killed writer meet whole files only") {
  const TempDir dir;
  const std::string old_bytes(1 << 20, 'a'), new_bytes(1 << 20, 'b');
  for (int round = 0; round < 12; ++round) {
    WriteFile(dir / "f", old_bytes);
    const pid_t child = fork();
    if (child == 0) {
      while (true) std::ignore = WriteFileAtomically(dir / "f", new_bytes);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string bytes = ReadFile(dir / "f");
    REQUIRE((bytes == old_bytes || bytes == new_bytes));
  }
}

TEST_CASE("writers at the same time do not mix their bytes") {
  const TempDir dir;
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([&dir, letter] {
      for (int i = 0; i < 20; ++i) std::ignore = WriteFileAtomically(dir / "f", std::string(100'000, letter));
    });
  }
  for (auto& writer : writers) writer.join();
  const std::string bytes = ReadFile(dir / "f");
  REQUIRE(bytes == std::string(100'000, bytes.at(0)));
  REQUIRE(CountFiles(dir.path()) == 1);
}

TEST_CASE("only a regular file of bounded size is read") {
  const TempDir dir;
  REQUIRE_FALSE(ReadWhole(dir / "none").value().has_value());
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  REQUIRE_FALSE(ReadWhole(dir / "pipe").ok());
  WriteFile(dir / "big", "");
  fs::resize_file(dir / "big", kMaxFileBytes + 1);
  REQUIRE_FALSE(ReadWhole(dir / "big").ok());
}

TEST_CASE("deleting what is not there is fine") {
  const TempDir dir;
  WriteFile(dir / "f", "a");
  REQUIRE(DeleteFile(dir / "f").ok());
  REQUIRE(DeleteFile(dir / "f").ok());
  REQUIRE_FALSE(fs::exists(dir / "f"));
}

}  // namespace
}  // namespace skilltrail::manifest
