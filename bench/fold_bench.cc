// How fast a whole library folds out of the log, against SQLite under the same fold, and how soon its state at any point is there;
// read-only, each round in a new process.
//
//   fold_bench [--store DIR] [--events N]      DIR is made if it is not there, and kept; default: a temporary one
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/library_story.h"
#include "bench/measure.h"
#include "bench/sqlite.h"
#include "engine/projections/collection_state.h"
#include "engine/projections/state_reader.h"
#include "engine/store/store.h"

namespace skilltrail::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kArtifacts = 10'000;
constexpr int kRounds = 11;
constexpr int kPoints = 41;
constexpr const char* kSqliteFile = "events.sqlite";  // beside the store's own files

// Both hold the same events when it returns. True, for InChild.
bool Make(const fs::path& dir, uint64_t events) {
  const auto store = Take(store::Store::Create(dir, "fold_bench", 0, SystemClock()));
  Sqlite sqlite(dir / kSqliteFile);
  sqlite.Run("CREATE TABLE event(seq INTEGER PRIMARY KEY, bytes BLOB)");
  const auto insert = sqlite.Prepare("INSERT INTO event(bytes) VALUES(?)");
  LibraryStory story(kArtifacts);
  while (store->log->head() < events) {
    store::AppendRequest request;
    sqlite.Run("BEGIN");
    for (StoryEvent& event : story.NextRun()) {
      sqlite3_bind_blob(insert.get(), 1, event.bytes.data(), static_cast<int>(event.bytes.size()), SQLITE_STATIC);
      sqlite.Step(insert.get());
      request.events.push_back(std::move(event.bytes));
    }
    sqlite.Run("COMMIT");
    Take(store->log->Append(std::move(request)));
  }
  Take(projections::CheckpointIfDue(*store->log, *store->cache, "default"));
  Take(store->log->Anchor());
  sqlite.Run("PRAGMA wal_checkpoint(TRUNCATE)");
  return true;
}

struct Folded {
  Seq events = 0;
  size_t artifacts = 0;
  double seconds = 0;
  double cpu_seconds = 0;
};

Folded Measured(const projections::CollectionState& state, const Stopwatch& watch) {
  Folded folded;
  folded.seconds = watch.Seconds();
  folded.cpu_seconds = watch.CpuSeconds();
  folded.events = state.seq();
  folded.artifacts = state.size();
  return folded;
}

Folded FoldLog(const fs::path& dir) {
  const auto reader = Take(store::Store::OpenReader(dir, SystemClock()));
  projections::CollectionState state("default");
  const Stopwatch watch;
  store::ScanOptions options;
  options.ahead = [&](std::span<const schema::Event* const> events) { state.Expect(events); };
  Take(reader->log->Scan(options, [&](const store::StoredEvent& event) {
    state.Apply(event);
    return store::Visit::kContinue;
  }));
  state.Settle();
  return Measured(state, watch);
}

Folded FoldSqlite(const fs::path& dir) {
  Sqlite sqlite(dir / kSqliteFile);
  projections::CollectionState state("default");
  std::vector<uint64_t> aligned;  // FlatBuffers reads at multiples of 8, and a blob of SQLite stands anywhere
  const Stopwatch watch;
  const auto select = sqlite.Prepare("SELECT seq, bytes FROM event ORDER BY seq");
  while (sqlite3_step(select.get()) == SQLITE_ROW) {
    const auto size = static_cast<size_t>(sqlite3_column_bytes(select.get(), 1));
    if (aligned.size() * sizeof(uint64_t) < size) aligned.resize(size / sizeof(uint64_t) + 1);
    std::memcpy(aligned.data(), sqlite3_column_blob(select.get(), 1), size);
    store::StoredEvent event;
    event.seq = static_cast<Seq>(sqlite3_column_int64(select.get(), 0));
    event.bytes = {reinterpret_cast<const uint8_t*>(aligned.data()), size};
    event.event = &ViewEvent(event.bytes);
    state.Apply(event);
  }
  state.Settle();
  return Measured(state, watch);
}

class Side {
 public:
  explicit Side(const char* name) : name_(name) {}
  Folded Measure(Folded (*fold)(const fs::path&), const fs::path& dir) {
    double rss = 0;
    const Folded folded = InChild([&] { return fold(dir); }, &rss);
    rates_.push_back(static_cast<double>(folded.events) / folded.seconds / 1e6);
    cpu_rates_.push_back(static_cast<double>(folded.events) / folded.cpu_seconds / 1e6);
    rss_ = std::max(rss_, rss);
    return folded;
  }
  void Print() const {
    const Spread rate = SpreadOf(rates_);
    std::printf("  %-10s %.2f (%.2f, %.2f); of its own processor time %.2f; at most %.0f MiB\n", name_, rate.median, rate.low, rate.high,
                cpu_rate(), rss_);
  }
  double rate() const { return Median(rates_); }
  double cpu_rate() const { return Median(cpu_rates_); }
  double rss() const { return rss_; }

 private:
  const char* name_;
  std::vector<double> rates_, cpu_rates_;
  double rss_ = 0;
};

const char* Verdict(bool met) {
  return met ? "met" : "MISSED";
}

void Measure(const fs::path& dir) {
  // Once without counting: the page cache is warm for both from then on.
  const Folded ours = InChild([&] { return FoldLog(dir); });
  const Folded theirs = InChild([&] { return FoldSqlite(dir); });
  if (ours.events != theirs.events || ours.artifacts != theirs.artifacts) Fail("the two folds differ: remove the store and run again");
  Side log("skilltrail");
  Side sqlite("SQLite");
  for (int round = 0; round < kRounds; ++round) {
    if (round % 2 == 0) log.Measure(FoldLog, dir);
    sqlite.Measure(FoldSqlite, dir);
    if (round % 2 == 1) log.Measure(FoldLog, dir);
  }
  std::printf("%llu events of %zu artifacts folded, million events/s, median of %d rounds (least, most)\n",
              static_cast<unsigned long long>(ours.events), ours.artifacts, kRounds);
  log.Print();
  sqlite.Print();
  const double ratio = log.rate() / sqlite.rate();
  std::printf("  ratio %.2f, of processor time %.2f; bar 1.50: %s\n", ratio, log.cpu_rate() / sqlite.cpu_rate(), Verdict(ratio >= 1.5));
  std::printf("  bar 2 million/s: %s; bar 300 MiB: %s\n", Verdict(log.rate() >= 2), Verdict(log.rss() < 300));
}

// The whole collection at points all over the log: the nearest checkpoint, and the events after it.
void MeasurePoints(const fs::path& dir) {
  const Seq head = InChild([&] { return Take(store::Store::OpenReader(dir, SystemClock()))->log->head(); });
  std::mt19937_64 random(1);
  std::vector<double> wall_ms, cpu_ms;
  for (int i = 0; i < kPoints; ++i) {
    const Seq at = 1 + random() % head;
    const Folded folded = InChild([&] {
      const auto reader = Take(store::Store::OpenReader(dir, SystemClock()));
      const Stopwatch watch;
      return Measured(Take(projections::StateReader(*reader->log, *reader->cache).CollectionAt("default", at)), watch);
    });
    wall_ms.push_back(folded.seconds * 1e3);
    cpu_ms.push_back(folded.cpu_seconds * 1e3);
  }
  const Spread wall = SpreadOf(wall_ms), cpu = SpreadOf(cpu_ms);
  std::printf("\nThe whole collection at one of %d random points, ms: median (least, most)\n", kPoints);
  std::printf("  %-10s %.1f (%.1f, %.1f); processor time %.1f (%.1f, %.1f); bar 100: %s\n", "skilltrail", wall.median, wall.low, wall.high,
              cpu.median, cpu.low, cpu.high, Verdict(wall.median < 100));
}

struct Arguments {
  fs::path store;
  bool keep = false;
  uint64_t events = 1'000'000;
};

Arguments Read(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string word = argv[i];
    if (word == "--store") {
      arguments.store = argv[i + 1];
      arguments.keep = true;
    } else if (word == "--events") {
      arguments.events = std::strtoull(argv[i + 1], nullptr, 10);
    } else {
      Fail("usage: fold_bench [--store DIR] [--events N]");
    }
  }
  if (argc % 2 == 0 || arguments.events == 0) Fail("usage: fold_bench [--store DIR] [--events N]");
  if (!arguments.keep) {
    std::string dir = (fs::temp_directory_path() / "fold_bench.XXXXXX").string();
    if (mkdtemp(dir.data()) == nullptr) Fail("cannot make a directory to write in");
    arguments.store = dir;
  }
  return arguments;
}

}  // namespace
}  // namespace skilltrail::bench

int main(int argc, char** argv) {
  using namespace skilltrail::bench;
  const Arguments arguments = Read(argc, argv);
  if (!std::filesystem::exists(arguments.store / "db")) InChild([&] { return Make(arguments.store, arguments.events); });
  Measure(arguments.store);
  MeasurePoints(arguments.store);
  if (!arguments.keep) std::filesystem::remove_all(arguments.store);
  return 0;
}
