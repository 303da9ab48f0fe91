#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "engine/store/database.h"
#include "engine/store/keys.h"
#include "tests/store/log_fixture.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::store {
namespace {

using namespace skilltrail::testing;

// So that nothing packs well.
std::string Noise(std::mt19937_64& random, size_t bytes) {
  std::string noise(bytes, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

TEST_CASE("a database whose disk fills up says so, closes, and still has what was committed") {
  const TempDir dir;
  std::mt19937_64 random(1);
  DatabaseOptions options;
  options.write_buffer_bytes = 1u << 20;  // tables are written often, so that it is they that meet the end of the disk
  for (const char* size : {"3m", "4m", "5m", "6m", "7m", "8m", "9m", "11m", "13m"}) {
    INFO(size);
    const SmallDisk disk(dir / "small", size);
    if (!disk.mounted()) {
      WARN("this process may not mount a file system: a full disk was not tried");
      return;
    }
    int committed = 0;
    {
      const auto database = Take(Database::Create(disk.at(), options));
      for (Status written; written.ok();) {
        Batch batch;
        batch.Put(Family::kBlobs, std::to_string(committed), Noise(random, 100'000));
        batch.Put(Family::kLog, std::to_string(committed), Noise(random, 200));
        written = database->Commit(batch);
        if (written.ok()) ++committed;
        if (!written.ok()) REQUIRE(written.error().message.find("No space left") != std::string::npos);
      }
    }
    const auto database = Take(Database::OpenReader(disk.at()));
    for (int i = 0; i < committed; ++i) REQUIRE(Take(database->Has(Family::kLog, std::to_string(i))));
  }
}

TEST_CASE("small tables that a full disk has no room to merge stay as they are, and are merged once there is room") {
  const TempDir dir;
  std::mt19937_64 random(1);
  const SmallDisk disk(dir / "small", "8m");
  if (!disk.mounted()) {
    WARN("this process may not mount a file system: a full disk was not tried");
    return;
  }
  constexpr int kTables = 40;
  const auto filler = disk.at() / "filler";
  const auto tables = [&] {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(disk.at() / "db")) count += entry.path().extension() == ".sst" ? 1 : 0;
    return count;
  };
  {
    const auto database = Take(Database::Create(disk.at(), {}));
    for (int i = 0; i < kTables; ++i) {
      Batch batch;
      batch.Put(Family::kLog, SeqKey(static_cast<uint64_t>(i)), Noise(random, 50'000));
      REQUIRE(database->Commit(batch).ok());
      REQUIRE(database->Flush().ok());
    }
    std::ofstream out(filler, std::ios::binary);
    out << std::string(16u << 20, 'x') << std::flush;
    REQUIRE_FALSE(out.good());
  }
  REQUIRE(tables() >= kTables);
  const auto all_there = [&] {
    const auto database = Take(Database::OpenReader(disk.at()));
    for (int i = 0; i < kTables; ++i) REQUIRE(Take(database->Has(Family::kLog, SeqKey(static_cast<uint64_t>(i)))));
  };
  all_there();
  std::filesystem::remove(filler);
  REQUIRE(Database::OpenWriter(disk.at(), {}).ok());
  REQUIRE(tables() < kTables);
  all_there();
}

}  // namespace
}  // namespace skilltrail::store
