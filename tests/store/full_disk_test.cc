#include <random>
#include <string>

#include "engine/store/database.h"
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

}  // namespace
}  // namespace skilltrail::store
