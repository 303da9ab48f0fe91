// What was cut, changed or swapped under the store is told as kCorrupt, never read as less.
#include <algorithm>
#include <filesystem>
#include <functional>

#include "engine/store/keys.h"
#include "engine/store/segment.h"
#include "tests/store/log_fixture.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;
namespace fs = std::filesystem;

struct DamageTest {
  TempDir dir;
  FixedClock clock;

  DamageTest() { Take(Store::Create(dir.path(), "test", 0, clock)); }
  // Appends in one session, so that all of it stands in one WAL.
  void Append(std::initializer_list<uint64_t> counts, bool anchor = true) {
    const auto store = Take(Store::OpenWriter(dir.path(), "test", 0, clock));
    for (const uint64_t count : counts) Take(store->log->Append(Request(store->log->head() + 1, count)));
    if (anchor) Take(store->log->Anchor());
  }
  fs::path Wal() const { return Largest(".log"); }
  fs::path Largest(const std::string& extension) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(dir / "db")) {
      if (entry.path().extension() == extension && (found.empty() || entry.file_size() > fs::file_size(found))) found = entry.path();
    }
    REQUIRE_FALSE(found.empty());
    return found;
  }
  static void FlipByte(const fs::path& file, size_t at) {
    std::string bytes = ReadFile(file);
    REQUIRE(at < bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    WriteFile(file, bytes);
  }
  // Both ways of opening fail like this; the reader's goes first, as a writer's open may change files.
  void RequireCorrupt(const std::string& because) {
    const auto reader = Store::OpenReader(dir.path(), clock);
    REQUIRE_FALSE(reader.ok());
    REQUIRE(reader.error().code == Code::kCorrupt);
    REQUIRE_THAT(reader.error().message, Catch::Contains(because));
    const auto writer = Store::OpenWriter(dir.path(), "test", 0, clock);
    REQUIRE_FALSE(writer.ok());
    REQUIRE(writer.error().code == Code::kCorrupt);
    REQUIRE_THAT(writer.error().message, Catch::Contains(because));
  }
};

TEST_CASE("a WAL whose end is torn off opens with a prefix of its appends") {
  // Appends of 5 events, of which the last anchored one is the third.
  std::vector<Seq> heads;
  for (const double part : {0.55, 0.7, 0.85, 0.97}) {
    DamageTest test;
    test.Append({5, 5, 5});
    test.Append({5, 5, 5, 5, 5, 5, 5, 5, 5}, false);
    const std::string wal = ReadFile(test.Wal());
    WriteFile(test.Wal(), wal.substr(0, static_cast<size_t>(static_cast<double>(wal.size()) * part)));
    const auto reader = Take(Store::OpenReader(test.dir.path(), test.clock));
    const auto writer = Take(Store::OpenWriter(test.dir.path(), "test", 0, test.clock));
    heads.push_back(writer->log->head());
    REQUIRE(reader->log->head() == writer->log->head());
    REQUIRE(writer->log->head() % 5 == 0);
    REQUIRE(writer->log->head() >= 15);
    REQUIRE(writer->log->head() < 60);
    REQUIRE(WrongWith(*writer->log) == "");
    Take(writer->log->Append(Request(writer->log->head() + 1, 70)));
    REQUIRE(WrongWith(*writer->log) == "");
    REQUIRE(Take(writer->log->Verify({})).problems.empty());
  }
  REQUIRE(std::is_sorted(heads.begin(), heads.end()));
  REQUIRE(heads.front() < heads.back());
}

TEST_CASE("a WAL torn below what HEAD promises is corrupt") {
  DamageTest test;
  test.Append({5, 5, 5, 5});
  const std::string wal = ReadFile(test.Wal());
  WriteFile(test.Wal(), wal.substr(0, wal.size() / 2));
  test.RequireCorrupt("HEAD says 20");
}

TEST_CASE("a flipped bit in the WAL is corrupt, wherever it is") {
  DamageTest intact;
  intact.Append({5, 5, 30, 5, 5});
  const size_t size = ReadFile(intact.Wal()).size();
  for (const double part : {0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999}) {
    DamageTest test;
    test.Append({5, 5, 30, 5, 5});
    DamageTest::FlipByte(test.Wal(), std::min(static_cast<size_t>(static_cast<double>(size) * part), size - 1));
    INFO("at " << part);
    test.RequireCorrupt("");
  }
}

TEST_CASE("a deleted WAL is noticed by HEAD") {
  DamageTest test;
  test.Append({5, 70, 5});
  fs::remove(test.Wal());
  test.RequireCorrupt("it ends at event 0, and HEAD says 80");
}

TEST_CASE("a flipped bit in HEAD is noticed, wherever it is") {
  DamageTest test;
  test.Append({5});
  const std::string line = ReadFile(test.dir / "HEAD");
  for (size_t at = 0; at < line.size(); ++at) {
    std::string changed = line;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    WriteFile(test.dir / "HEAD", changed);
    // HEAD says 4 or 5; as a lower number it has another hash.
    const auto reader = Store::OpenReader(test.dir.path(), test.clock);
    INFO(changed);
    REQUIRE_FALSE(reader.ok());
    REQUIRE(reader.error().code == Code::kCorrupt);
    if (at % 20 != 0) at += 9;  // a reader tries four times, so a sample will do
  }
}

TEST_CASE("a HEAD that is no HEAD is corrupt") {
  DamageTest test;
  const std::string line = ReadFile(test.dir / "HEAD");
  const std::string id = line.substr(0, 36);
  const std::string zeros(64, '0');
  for (const std::string& bad : {std::string(), std::string("x"), id, id + " 0", id + " 0 " + zeros, id + " 00 " + zeros + "\n",
                                 id + " -1 " + zeros + "\n", id + " 0 " + zeros + "\n\n", id + "  0 " + zeros + "\n",
                                 id + " 0 " + zeros + std::string(1'000, '0') + "\n", id + " 18446744073709551616 " + zeros + "\n"}) {
    WriteFile(test.dir / "HEAD", bad);
    const auto anchor = ReadAnchor(test.dir.path());
    INFO(bad);
    REQUIRE_FALSE(anchor.ok());
    REQUIRE(anchor.error().code == Code::kCorrupt);
  }
}

TEST_CASE("a database that was rolled back to an older copy is corrupt") {
  DamageTest test;
  test.Append({5});
  const TempDir copy;
  fs::copy(test.dir / "db", copy / "db", fs::copy_options::recursive);
  test.Append({5});
  fs::remove_all(test.dir / "db");
  fs::copy(copy / "db", test.dir / "db", fs::copy_options::recursive);
  test.RequireCorrupt("it ends at event 5, and HEAD says 10");
}

TEST_CASE("a database that went another way from an older copy is corrupt") {
  for (const uint64_t more : {5u, 100u}) {
    DamageTest test;
    test.Append({5});
    const TempDir copy;
    fs::copy(test.dir.path(), copy / "store", fs::copy_options::recursive);
    test.Append({5});
    {
      const auto other = Take(Store::OpenWriter(copy / "store", "test", 0, test.clock));
      Take(other->log->Append(Request(1'000, more)));
      Take(other->log->Anchor());
    }
    fs::remove_all(test.dir / "db");
    fs::copy(copy / "store/db", test.dir / "db", fs::copy_options::recursive);
    test.RequireCorrupt("event 10 has another hash");
  }
}

TEST_CASE("HEAD of another store is corrupt") {
  DamageTest test;
  DamageTest other;
  fs::copy_file(other.dir / "HEAD", test.dir / "HEAD", fs::copy_options::overwrite_existing);
  test.RequireCorrupt("HEAD in");
}

TEST_CASE("one of database and HEAD without the other is corrupt, not absent") {
  DamageTest without_head;
  without_head.Append({1});
  fs::remove(without_head.dir / "HEAD");
  without_head.RequireCorrupt("no HEAD");
  REQUIRE(Store::Create(without_head.dir.path(), "test", 0, without_head.clock).error().code == Code::kCorrupt);
  DamageTest without_database;
  fs::remove_all(without_database.dir / "db");
  without_database.RequireCorrupt("no database");
  REQUIRE(Store::Create(without_database.dir.path(), "test", 0, without_database.clock).error().code == Code::kCorrupt);
}

TEST_CASE("a damaged table is corrupt and names the events") {
  DamageTest test;
  {
    const auto store = Take(Store::OpenWriter(test.dir.path(), "test", 0, test.clock));
    Take(store->log->Append(Request(1, 64 * 200)));
    Take(store->log->Append(Request(64 * 200 + 1, 10)));
    Take(store->log->Anchor());
    Take(store->database->Flush());
  }
  const fs::path table = test.Largest(".sst");
  DamageTest::FlipByte(table, static_cast<size_t>(fs::file_size(table)) / 2);
  const auto store = Take(Store::OpenReader(test.dir.path(), test.clock));
  const Status scanned = store->log->Scan({}, [](const StoredEvent&) { return Visit::kContinue; });
  REQUIRE_FALSE(scanned.ok());
  REQUIRE(scanned.error().code == Code::kCorrupt);
  REQUIRE_THAT(scanned.error().message, Catch::Contains("the log is damaged: events "));
  const auto verified = Take(store->log->Verify({}));
  REQUIRE_FALSE(verified.problems.empty());
  REQUIRE_THAT(verified.problems.front().text, Catch::Contains("cannot be read"));
}

// Tampering through the database itself, where no checksum of RocksDB's tells.
struct TamperTest {
  TempDir dir;
  FixedClock clock;
  std::unique_ptr<Store> store = Take(Store::Create(dir.path(), "test", 0, clock));

  TamperTest() {
    Take(store->log->Append(Request(1, 64 * 3 + 10)));
    Take(store->log->Anchor());
  }
  std::vector<std::string> ProblemsAfter(const std::function<void(Batch&)>& change) const {
    Batch batch;
    change(batch);
    Take(store->database->Commit(batch));
    const auto verified = Take(store->log->Verify({}));
    std::vector<std::string> texts;
    for (const auto& problem : verified.problems) texts.push_back(problem.text);
    return texts;
  }
  std::string Prefix(const StreamKey& stream) const {
    std::string prefix;
    IndexPrefix(prefix, static_cast<uint8_t>(stream.kind), stream.key);
    return prefix;
  }
};

TEST_CASE("verify tells a missing, a changed and an orphaned index entry") {
  const StreamKey stream = ArtifactStream("default", "skill:s3");
  {
    const TamperTest test;
    const auto problems = test.ProblemsAfter([&](Batch& batch) { batch.Delete(Family::kIndex, IndexKey(test.Prefix(stream), 65)); });
    REQUIRE(problems == std::vector<std::string>{"event 65: the index lacks a stream of the block that begins there"});
  }
  {
    const TamperTest test;
    const auto problems = test.ProblemsAfter([&](Batch& batch) { batch.Put(Family::kIndex, IndexKey(test.Prefix(stream), 65), "\x01"); });
    REQUIRE(problems == std::vector<std::string>{"event 65: the index names other events of the block that begins there"});
  }
  {
    const TamperTest test;
    const auto problems = test.ProblemsAfter([&](Batch& batch) {
      batch.Put(Family::kIndex, IndexKey(test.Prefix(TagStream("never")), 129), "\x01");
      batch.Put(Family::kIndex, IndexKey(test.Prefix(stream), 1'025), "\x01");
      batch.Delete(Family::kIndex, IndexKey(test.Prefix(stream), 1));
    });
    REQUIRE(problems.size() == 3);
    REQUIRE(problems[0] == "event 1: the index lacks a stream of the block that begins there");
    REQUIRE(std::count(problems.begin(), problems.end(), "event 129: the index puts events into a stream that none of them is in") == 1);
    REQUIRE(std::count(problems.begin(), problems.end(), "event 1025: the index puts events into a stream that none of them is in") == 1);
  }
}

TEST_CASE("verify tells changed bytes, a missing block and a broken chain, and goes on behind them") {
  {
    const TamperTest test;
    Segment block;
    REQUIRE(block.Parse(65, *Take(test.store->database->Get(Family::kLog, SeqKey(65)))).ok());
    Segment changed;
    changed.Start(65, block.before());
    for (size_t i = 0; i < block.size(); ++i)
      changed.Add(i == 5 ? EventBytes(9'999) : EventBytes(65 + i), block.logged_at(i), block.after());
    const auto problems = test.ProblemsAfter([&](Batch& batch) { batch.Put(Family::kLog, SeqKey(65), changed.Encode()); });
    REQUIRE_FALSE(problems.empty());
    REQUIRE(problems.front() == "events 65 to 128: the chain is broken: their bytes have another hash");
  }
  {
    const TamperTest test;
    const auto problems = test.ProblemsAfter([&](Batch& batch) { batch.Delete(Family::kLog, SeqKey(65)); });
    REQUIRE(problems == std::vector<std::string>{"the log is damaged: events 65 to 128 are missing"});
    REQUIRE(test.store->log->Scan({}, [](const StoredEvent&) { return Visit::kContinue; }).error().code == Code::kCorrupt);
    ScanOptions behind;
    behind.after = 128;
    REQUIRE(Scanned(*test.store->log, behind).size() == 74);
  }
  {
    const TamperTest test;
    Segment garbage;
    garbage.Start(1, Digest{});
    Digest hash;
    for (size_t i = 0; i < 64; ++i) {
      std::vector<uint8_t> bytes = EventBytes(1 + i);
      if (i == 3) std::fill(bytes.begin(), bytes.end(), uint8_t{0xff});
      garbage.Add(bytes, test.clock.now, hash = ChainHash(hash, bytes));
    }
    const auto problems = test.ProblemsAfter([&](Batch& batch) { batch.Put(Family::kLog, SeqKey(1), garbage.Encode()); });
    REQUIRE(problems.size() == 2);
    REQUIRE_THAT(problems[0], Catch::StartsWith("event 4: event bytes are not valid"));
    REQUIRE(problems[1] == "event 65: the chain is broken: its record follows another event");
  }
}

TEST_CASE("a lost or doubled record of the tail is corrupt when the store is opened") {
  for (const int way : {0, 1, 2}) {
    DamageTest test;
    test.Append({5, 5, 5});
    {
      const auto database = Take(Database::OpenWriter(test.dir.path(), {}));
      Batch batch;
      if (way == 0) batch.Delete(Family::kTail, SeqKey(6));
      if (way == 1) batch.Put(Family::kTail, SeqKey(16), *Take(database->Get(Family::kTail, SeqKey(11))));
      if (way == 2) batch.Delete(Family::kTail, SeqKey(11));
      Take(database->Commit(batch));
    }
    test.RequireCorrupt("");
  }
}

TEST_CASE("a store of a newer format is refused by name and left alone") {
  DamageTest test;
  {
    const auto database = Take(Database::OpenWriter(test.dir.path(), {}));
    std::string newer;
    AppendU32(newer, kFormatVersion + 1);
    Batch batch;
    batch.Put(Family::kMeta, kFormatVersionKey, newer);
    Take(database->Commit(batch));
  }
  const auto reader = Store::OpenReader(test.dir.path(), test.clock);
  REQUIRE(reader.error().code == Code::kFailed);
  REQUIRE_THAT(reader.error().message, Catch::Contains("newer skilltrail (format 2; this one knows 1)"));
  REQUIRE(Store::OpenWriter(test.dir.path(), "test", 0, test.clock).error().code == Code::kFailed);
}

}  // namespace
}  // namespace skilltrail::store
