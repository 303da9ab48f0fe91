#include "engine/store/store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "engine/store/gate.h"
#include "engine/store/keys.h"
#include "tests/store/log_fixture.h"
#include "tests/store/process.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;
namespace fs = std::filesystem;

TEST_CASE("where no store is, opening says so and leaves nothing behind") {
  const TempDir dir;
  const FixedClock clock;
  for (const fs::path& where : {dir.path(), dir / "absent"}) {
    for (const auto& opened : {Store::OpenReader(where, clock), Store::OpenWriter(where, "test", 0, clock)}) {
      REQUIRE(opened.error().code == Code::kNotFound);
      REQUIRE(opened.error().message == "no store at " + where.string());
      REQUIRE(opened.error().hint == "create one: skilltrail init");
    }
  }
  REQUIRE(fs::is_empty(dir.path()));
}

TEST_CASE("a store is created with the directories above it, once") {
  const TempDir dir;
  const FixedClock clock;
  const fs::path where = dir / "a/b";
  const std::string id = Take(Store::Create(where, "test", 0, clock))->log->store_id();
  REQUIRE(ParseRunId(id).has_value());
  REQUIRE(ReadFile(where / "HEAD") == id + " 0 " + std::string(64, '0') + "\n");
  REQUIRE(Store::Create(where, "test", 0, clock).error().code == Code::kConflict);
  REQUIRE(Take(Store::OpenWriter(where, "test", 0, clock))->log->store_id() == id);
  REQUIRE(Take(Store::OpenReader(where, clock))->log->store_id() == id);
}

TEST_CASE("a creation that was cut short is finished by the next") {
  const FixedClock clock;
  {
    // Before HEAD was written.
    const TempDir dir;
    Take(Database::Create(dir.path(), {}));
    REQUIRE(Store::OpenReader(dir.path(), clock).error().code == Code::kCorrupt);
    REQUIRE(Take(Store::Create(dir.path(), "test", 0, clock))->log->head() == 0);
  }
  {
    // Between HEAD and the store's id.
    const TempDir dir;
    Take(Database::Create(dir.path(), {}));
    const std::string id = NewRunId(clock.now).text();
    Take(WriteAnchor(dir.path(), {id, 0, Digest{}}));
    REQUIRE(Store::OpenReader(dir.path(), clock).error().code == Code::kNotFound);
    REQUIRE(Take(Store::OpenWriter(dir.path(), "test", 0, clock))->log->store_id() == id);
  }
  {
    // A used HEAD does not belong to a database that was never used.
    const TempDir dir;
    Take(Database::Create(dir.path(), {}));
    Take(WriteAnchor(dir.path(), {NewRunId(clock.now).text(), 7, Sha256(std::string_view("x"))}));
    REQUIRE(Store::OpenWriter(dir.path(), "test", 0, clock).error().code == Code::kCorrupt);
  }
}

TEST_CASE("a store whose directory can't be written is named") {
  const TempDir dir;
  const FixedClock clock;
  Take(Store::Create(dir.path(), "test", 0, clock));
  fs::remove(dir / "lock");
  fs::create_directory(dir / "lock");
  const auto opened = Store::OpenWriter(dir.path(), "test", 0, clock);
  REQUIRE(opened.error().code == Code::kFailed);
  REQUIRE_THAT(opened.error().message, Catch::Contains((dir / "lock").string()));
  REQUIRE(Store::OpenReader(dir.path(), clock).ok());
  WriteFile(dir / "file", "");
  REQUIRE(Store::Create(dir / "file/store", "test", 0, clock).error().code == Code::kFailed);
}

TEST_CASE("a second writer is told who holds the lock, and gets it when it is free") {
  const TempDir dir;
  FixedClock clock;
  auto held = std::make_unique<Lock>(Take(Lock::Take(dir.path(), "skilltrail refresh\nskill:pdf", 0, clock.now)));
  const auto started = std::chrono::steady_clock::now();
  const auto refused = Lock::Take(dir.path(), "other", 100, clock.now);
  REQUIRE(std::chrono::steady_clock::now() - started >= std::chrono::milliseconds(100));
  REQUIRE(refused.error().code == Code::kBusy);
  REQUIRE(refused.error().message == "the store is locked by process " + std::to_string(::getpid()) +
                                         " (`skilltrail refresh skill:pdf`, since " + FormatTime(clock.now) + ")");
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    held.reset();
  });
  REQUIRE(Lock::Take(dir.path(), "other", 10'000, clock.now).ok());
  release.join();
}

TEST_CASE("a lock goes with the process that held it") {
  const TempDir dir;
  Take(Store::Create(dir.path(), "test", 0, SystemClock()));
  Process writer({SKILLTRAIL_STORE_PROGRAM, "append", dir.path().string(), "1"});
  REQUIRE(writer.ReadLine() != "");
  const auto refused = Store::OpenWriter(dir.path(), "test", 0, SystemClock());
  REQUIRE(refused.error().code == Code::kBusy);
  REQUIRE_THAT(refused.error().message, Catch::Contains("process " + std::to_string(writer.pid()) + " (`store_program`"));

  // Somebody removed our lock file: RocksDB's own lock is the second line.
  fs::remove(dir / "lock");
  const auto second = Store::OpenWriter(dir.path(), "test", 0, SystemClock());
  REQUIRE(second.error().code == Code::kBusy);
  REQUIRE_THAT(second.error().message, Catch::Contains("open for writing elsewhere"));

  writer.Kill();
  REQUIRE(writer.Wait() == -1);
  REQUIRE(Store::OpenWriter(dir.path(), "test", 0, SystemClock()).ok());
}

TEST_CASE("two writers of one database in one process are refused too") {
  const TempDir dir;
  const auto first = Take(Database::Create(dir.path(), {}));
  REQUIRE(Database::OpenWriter(dir.path(), {}).error().code == Code::kBusy);
}

TEST_CASE("a shut gate keeps readers out, and readers who come one after another do not keep it open") {
  const TempDir dir;
  const auto gate = Take(Gate::Open(dir.path()));
  std::atomic<int> inside = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const GatePass pass = Take(GatePass::Take(dir.path()));
        ++inside;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --inside;
      }
    });
  }
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    gate->Shut(1);
    gate->Shut(2);
    REQUIRE(inside == 0);
    gate->Release(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    REQUIRE(inside == 0);
    gate->Release(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const auto waited = std::chrono::steady_clock::now() - started;
  gate->Shut(3);
  gate->ReleaseAll();
  done = true;
  for (std::thread& reader : readers) reader.join();
  REQUIRE(waited < std::chrono::seconds(5));
}

TEST_CASE("a copy of the database holds the same log while the writer goes on") {
  const TempDir dir;
  const TempDir copy;
  const FixedClock clock;
  const auto store = Take(Store::Create(dir.path(), "test", 0, clock));
  Take(store->log->Append(Request(1, 100)));
  const Digest content = Take(store->blobs->Put(std::string(5'000, 'b')));
  Take(store->blobs->Sync());
  Take(store->log->Anchor());
  Take(store->database->CopyTo(copy.path()));
  fs::copy_file(dir / "HEAD", copy / "HEAD");
  Take(store->log->Append(Request(101, 100)));
  const auto copied = Take(Store::OpenReader(copy.path(), clock));
  REQUIRE(copied->log->head() == 100);
  REQUIRE(WrongWith(*copied->log) == "");
  REQUIRE(Take(copied->blobs->Get(content)).size() == 5'000);
  REQUIRE(store->database->CopyTo(copy.path()).error().code == Code::kFailed);
}

TEST_CASE("many short writers leave few tables, and all that they wrote") {
  testing::TempDir dir;
  REQUIRE(Database::Create(dir.path(), {}).ok());
  constexpr uint64_t kWriters = 60;
  for (uint64_t i = 0; i < kWriters; ++i) {
    const auto database = Take(Database::OpenWriter(dir.path(), {}));
    Batch batch;
    batch.Put(Family::kLog, SeqKey(i + 1), std::string(5'000, static_cast<char>('a' + i % 26)));
    REQUIRE(database->Commit(batch).ok());
    REQUIRE(database->Flush().ok());
  }
  const auto entries = std::filesystem::directory_iterator(dir / "db");
  const auto tables = std::count_if(begin(entries), end(entries), [](const auto& entry) { return entry.path().extension() == ".sst"; });
  REQUIRE(tables < 30);
  const auto database = Take(Database::OpenReader(dir.path()));
  for (uint64_t i = 0; i < kWriters; ++i) {
    REQUIRE(Take(database->Get(Family::kLog, SeqKey(i + 1))) == std::string(5'000, static_cast<char>('a' + i % 26)));
  }
}

TEST_CASE("sizes name every family") {
  const TempDir dir;
  const FixedClock clock;
  const auto store = Take(Store::Create(dir.path(), "test", 0, clock));
  Take(store->log->Append(Request(1, 640)));
  Take(store->database->Flush());
  std::vector<std::string> names;
  for (const auto& size : Take(store->database->Sizes())) {
    names.push_back(size.family);
    if (size.family == "log" || size.family == "index") REQUIRE(size.bytes > 0);
  }
  REQUIRE(names == std::vector<std::string>{"meta", "tail", "log", "index", "blobs", "checkpoints", "cache"});
}

TEST_CASE("contents are kept once, found before and after they are synced, and checked when read") {
  const TempDir dir;
  const FixedClock clock;
  const auto store = Take(Store::Create(dir.path(), "test", 0, clock));
  BlobStore& blobs = *store->blobs;
  const std::vector<std::string> contents = {"", "small", std::string(1'000'000, 'x')};
  std::vector<Digest> digests;
  for (const std::string& content : contents) {
    digests.push_back(Take(blobs.Put(content)));
    REQUIRE(digests.back() == Sha256(content));
    REQUIRE(Take(blobs.Put(content)) == digests.back());
  }
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < contents.size(); ++i) REQUIRE(Take(blobs.Get(digests[i])) == contents[i]);
    REQUIRE(Take(blobs.Missing(std::vector<Digest>{digests[0], Sha256(std::string_view("absent")), digests[2]})) ==
            std::vector<Digest>{Sha256(std::string_view("absent"))});
    Take(blobs.Sync());
  }
  const auto missing = blobs.Get(Sha256(std::string_view("absent")));
  REQUIRE(missing.error().code == Code::kCorrupt);
  REQUIRE_THAT(missing.error().message, Catch::Contains(Sha256(std::string_view("absent")).hex()));
  Batch batch;
  const Digest small = digests[1];
  batch.Put(Family::kBlobs, {reinterpret_cast<const char*>(small.bytes.data()), small.bytes.size()}, "Small");
  Take(store->database->Commit(batch));
  REQUIRE(blobs.Get(small).error().code == Code::kCorrupt);
  REQUIRE(Take(Store::OpenReader(dir.path(), clock))->blobs->Get(digests[2]).ok());
}

TEST_CASE("contents go in in batches of at most 8 MiB, a larger one alone, and over 256 MiB none") {
  const TempDir dir;
  const FixedClock clock;
  const auto store = Take(Store::Create(dir.path(), "test", 0, clock));
  const auto readers_see = [&](const Digest& digest) { return Take(Take(Store::OpenReader(dir.path(), clock))->blobs->Has(digest)); };
  const Digest first = Take(store->blobs->Put(std::string(5u << 20, 'a')));
  REQUIRE_FALSE(readers_see(first));
  const Digest second = Take(store->blobs->Put(std::string(5u << 20, 'b')));
  REQUIRE(readers_see(first));
  REQUIRE_FALSE(readers_see(second));
  const Digest large = Take(store->blobs->Put(std::string(9u << 20, 'c')));
  REQUIRE(readers_see(second));
  REQUIRE(readers_see(large));
  REQUIRE(store->blobs->Put(std::string(kMaxBlobBytes + 1, 'd')).error().code == Code::kUsage);
}

TEST_CASE("the cache holds values by kind and key, and a checkpoint is found at or before a sequence") {
  const TempDir dir;
  const FixedClock clock;
  const auto store = Take(Store::Create(dir.path(), "test", 0, clock));
  CacheStore& cache = *store->cache;
  Take(cache.Put("etag", "a", "1"));
  Take(cache.Put("eta", "ga", "2"));
  REQUIRE(Take(cache.Get("etag", "a")) == "1");
  REQUIRE(Take(cache.Get("eta", "ga")) == "2");
  REQUIRE(Take(cache.Get("etag", "")) == std::nullopt);

  Take(cache.PutCheckpoint("collection", "default", 100, "at 100"));
  Take(cache.PutCheckpoint("collection", "default", 300, "at 300"));
  Take(cache.PutCheckpoint("collection", "defaulu", 50, "other"));
  Take(cache.PutCheckpoint("collection", "defaul", 200, "other"));
  REQUIRE_FALSE(Take(cache.LatestCheckpoint("collection", "default", 99)).has_value());
  REQUIRE(Take(cache.LatestCheckpoint("collection", "default", 100))->bytes == "at 100");
  REQUIRE(Take(cache.LatestCheckpoint("collection", "default", 299))->seq == 100);
  REQUIRE(Take(cache.LatestCheckpoint("collection", "default", UINT64_MAX))->bytes == "at 300");
  REQUIRE_FALSE(Take(cache.LatestCheckpoint("project", "default", UINT64_MAX)).has_value());
  REQUIRE(Take(Store::OpenReader(dir.path(), clock))->cache->Put("etag", "a", "1").error().code == Code::kFailed);
}

}  // namespace
}  // namespace skilltrail::store
