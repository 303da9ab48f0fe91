// Readers beside a writer.
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "engine/store/gate.h"
#include "tests/store/log_fixture.h"
#include "tests/store/process.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;
namespace fs = std::filesystem;

// A file that goes meanwhile (a writer's database removes what it has done with in the background) is not among them.
std::map<std::string, uint64_t> FilesOf(const fs::path& dir) {
  std::map<std::string, uint64_t> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    std::error_code gone;
    const uint64_t size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone && entry.is_regular_file(gone)) files[entry.path().string()] = size;
  }
  return files;
}

TEST_CASE("readers in other processes see every acknowledged event and no gap while a writer flushes and opens again and again") {
  const TempDir dir;
  Take(Store::Create(dir.path(), "test", 0, SystemClock()));
  const std::string seconds = std::getenv("SKILLTRAIL_LONG_TESTS") != nullptr ? "60" : "5";
  Process writer({SKILLTRAIL_STORE_PROGRAM, "write", dir.path().string(), seconds});
  Process first({SKILLTRAIL_STORE_PROGRAM, "read", dir.path().string(), seconds});
  Process second({SKILLTRAIL_STORE_PROGRAM, "read", dir.path().string(), seconds});
  const std::string outputs = "writer: " + writer.ReadAll() + "reader: " + first.ReadAll() + "reader: " + second.ReadAll();
  INFO(outputs);
  REQUIRE(writer.Wait() == 0);
  REQUIRE(first.Wait() == 0);
  REQUIRE(second.Wait() == 0);
  WARN(outputs);
  const auto store = Take(Store::OpenReader(dir.path(), SystemClock()));
  REQUIRE(Take(store->log->Verify({})).problems.empty());
}

TEST_CASE("a reader beside a writer that was stopped in the middle of a flush gives up and says whose fault it is") {
  const TempDir dir;
  const auto gate = Take(Gate::Open(dir.path()));
  gate->Shut(1);
  const auto refused = GatePass::Take(dir.path(), std::chrono::milliseconds(30));
  REQUIRE(!refused.ok());
  REQUIRE(refused.error().code == Code::kBusy);
  REQUIRE(refused.error().message.find("gate") != std::string::npos);
  REQUIRE(refused.error().hint.find("lock") != std::string::npos);
  gate->Release(1);
  REQUIRE(GatePass::Take(dir.path(), std::chrono::milliseconds(30)).ok());
}

TEST_CASE("a writer that goes on in time costs a reader nothing but the wait") {
  const TempDir dir;
  const auto gate = Take(Gate::Open(dir.path()));
  gate->Shut(1);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    gate->Release(1);
  });
  REQUIRE(GatePass::Take(dir.path()).ok());
  writer.join();
}

TEST_CASE("a reader leaves the store's files as they are, those of a writer's unfinished work too") {
  const TempDir dir;
  {
    const auto first = Take(Store::Create(dir.path(), "test", 0, SystemClock()));
    Take(first->log->Append(Request(1, 500)));
    Take(first->database->Flush());
  }
  const auto store = Take(Store::OpenWriter(dir.path(), "test", 0, SystemClock()));
  Take(store->log->Append(Request(501, 10)));
  // A table that no manifest names yet: what a flush is writing looks like this, and a purge of obsolete files would take it.
  WriteFile(dir / "db/999999.sst", "being written");
  const auto before = FilesOf(dir.path());
  for (int i = 0; i < 3; ++i) {
    const auto reader = Take(Store::OpenReader(dir.path(), SystemClock()));
    REQUIRE(WrongWith(*reader->log) == "");
    REQUIRE(ScannedStream(*reader->log, CollectionStream("default")).size() == 510);
  }
  REQUIRE(FilesOf(dir.path()) == before);
}

TEST_CASE("a reader goes on reading what a writer's compaction has deleted since") {
  const TempDir dir;
  DatabaseOptions options;
  options.write_buffer_bytes = 64u << 10;
  const auto store = Take(Store::Create(dir.path(), "test", 0, SystemClock(), options));
  for (int i = 0; i < 20; ++i) Take(store->log->Append(Request(store->log->head() + 1, 200)));
  Take(store->database->Flush());
  const auto reader = Take(Store::OpenReader(dir.path(), SystemClock()));
  const auto before = FilesOf(dir / "db");
  for (int i = 0; i < 200; ++i) Take(store->log->Append(Request(store->log->head() + 1, 200)));
  Take(store->database->Flush());
  const auto after = FilesOf(dir / "db");
  bool deleted = false;
  for (const auto& [path, size] : before) deleted |= path.ends_with(".sst") && !after.contains(path);
  REQUIRE(deleted);
  REQUIRE(reader->log->head() == 4'000);
  REQUIRE(WrongWith(*reader->log) == "");
  REQUIRE(ScannedStream(*reader->log, CollectionStream("default")).size() == 4'000);
}

}  // namespace
}  // namespace skilltrail::store
