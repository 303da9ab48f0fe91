// What a durable append costs: one event against the file system's own append and fdatasync, 1,000 events against SQLite.
//
//   append_bench [DIR]      DIR: where to write, on the file system to measure; default: a temporary directory
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "bench/library_story.h"
#include "bench/measure.h"
#include "bench/sqlite.h"
#include "engine/store/store.h"

namespace skilltrail::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kArtifacts = 10'000;
constexpr int kSingleRounds = 41;
constexpr size_t kSinglesARound = 25;
constexpr int kBatchRounds = 41;
constexpr int kBatchesARound = 5;
constexpr int kRunsBefore = 20;  // until the library is added; not measured

std::unique_ptr<store::Store> NewStore(const fs::path& dir) {
  return Take(store::Store::Create(dir, "append_bench", 0, SystemClock()));
}

// A file that is appended to and synced, and nothing else.
class RawFile {
 public:
  explicit RawFile(const fs::path& path) : descriptor_(open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) Fail("cannot make the raw file");
  }
  ~RawFile() { close(descriptor_); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  void Append(const std::vector<uint8_t>& bytes) {
    if (write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || fdatasync(descriptor_) != 0)
      Fail("cannot write the raw file");
  }

 private:
  int descriptor_;
};

class SqliteLog {
 public:
  explicit SqliteLog(const fs::path& file) : sqlite_(file) {
    sqlite_.Run("CREATE TABLE event(seq INTEGER PRIMARY KEY, artifact TEXT, type INTEGER, run BLOB, bytes BLOB)");
    sqlite_.Run("CREATE INDEX event_artifact ON event(artifact)");
    sqlite_.Run("CREATE INDEX event_type ON event(type)");
    sqlite_.Run("CREATE INDEX event_run ON event(run)");
    insert_ = sqlite_.Prepare("INSERT INTO event(artifact, type, run, bytes) VALUES(?, ?, ?, ?)");
  }

  void Append(const std::vector<StoryEvent>& events) {
    sqlite_.Run("BEGIN");
    sqlite3_stmt* insert = insert_.get();
    for (const StoryEvent& event : events) {
      sqlite3_bind_text(insert, 1, event.artifact.data(), static_cast<int>(event.artifact.size()), SQLITE_STATIC);
      sqlite3_bind_int(insert, 2, static_cast<int>(event.type));
      sqlite3_bind_blob(insert, 3, event.run.bytes.data(), static_cast<int>(event.run.bytes.size()), SQLITE_STATIC);
      sqlite3_bind_blob(insert, 4, event.bytes.data(), static_cast<int>(event.bytes.size()), SQLITE_STATIC);
      sqlite_.Step(insert);
    }
    sqlite_.Run("COMMIT");
  }

 private:
  Sqlite sqlite_;
  std::unique_ptr<sqlite3_stmt, SqliteCloser> insert_;
};

store::AppendRequest RequestOf(const std::vector<StoryEvent>& events) {
  store::AppendRequest request;
  for (const StoryEvent& event : events) request.events.push_back(event.bytes);
  return request;
}

void Print(const char* name, const std::vector<double>& ours, const std::vector<double>& theirs, const char* other, double bar) {
  const Spread own = SpreadOf(ours);
  const Spread against = SpreadOf(theirs);
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
  const Spread ratio = SpreadOf(ratios);
  std::printf("%s, events/s, median of %zu rounds (least, most)\n", name, ours.size());
  std::printf("  skilltrail %.0f (%.0f, %.0f); %s %.0f (%.0f, %.0f)\n", own.median, own.low, own.high, other, against.median, against.low,
              against.high);
  const double of_medians = own.median / against.median;
  std::printf("  ratio of the medians %.2f; median of the rounds' ratios %.2f (%.2f, %.2f); bar %.2f: %s\n", of_medians, ratio.median,
              ratio.low, ratio.high, bar, of_medians >= bar ? "met" : "MISSED");
}

// The two sides take turns, and each begins every other round, so that what else the machine does falls on both.
void MeasureSingles(const fs::path& dir) {
  const auto store = NewStore(dir / "singles");
  RawFile raw(dir / "raw");
  LibraryStory story(kArtifacts);
  for (int i = 0; i < kRunsBefore; ++i) Take(store->log->Append(RequestOf(story.NextRun())));
  std::vector<double> ours, theirs;
  for (int round = 0; round < kSingleRounds; ++round) {
    const auto events = story.NextRun();
    const auto append_ours = [&] {
      const Stopwatch watch;
      for (size_t i = 0; i < kSinglesARound; ++i) {
        store::AppendRequest request;
        request.events.push_back(events[i].bytes);
        Take(store->log->Append(std::move(request)));
      }
      ours.push_back(static_cast<double>(kSinglesARound) / watch.Seconds());
    };
    const auto append_raw = [&] {
      const Stopwatch watch;
      for (size_t i = 0; i < kSinglesARound; ++i) raw.Append(events[i].bytes);
      theirs.push_back(static_cast<double>(kSinglesARound) / watch.Seconds());
    };
    if (round % 2 == 0) append_ours();
    append_raw();
    if (round % 2 == 1) append_ours();
  }
  Print("one durable event", ours, theirs, "append and fdatasync", 0.75);
}

void MeasureBatches(const fs::path& dir) {
  const auto store = NewStore(dir / "batches");
  SqliteLog sqlite(dir / "batches.sqlite");
  LibraryStory story(kArtifacts);
  for (int i = 0; i < kRunsBefore; ++i) {
    const auto events = story.NextRun();
    Take(store->log->Append(RequestOf(events)));
    sqlite.Append(events);
  }
  std::vector<double> ours, theirs;
  for (int round = 0; round < kBatchRounds; ++round) {
    std::vector<std::vector<StoryEvent>> runs;
    std::vector<store::AppendRequest> requests;
    for (int i = 0; i < kBatchesARound; ++i) {
      runs.push_back(story.NextRun());
      requests.push_back(RequestOf(runs.back()));
    }
    constexpr double kEvents = static_cast<double>(kBatchesARound * kRunEvents);
    const auto append_ours = [&] {
      const Stopwatch watch;
      for (auto& request : requests) Take(store->log->Append(std::move(request)));
      ours.push_back(kEvents / watch.Seconds());
    };
    const auto append_sqlite = [&] {
      const Stopwatch watch;
      for (const auto& run : runs) sqlite.Append(run);
      theirs.push_back(kEvents / watch.Seconds());
    };
    if (round % 2 == 0) append_ours();
    append_sqlite();
    if (round % 2 == 1) append_ours();
  }
  Print("1,000 durable events with their indices", ours, theirs, "SQLite", 2.5);
}

}  // namespace
}  // namespace skilltrail::bench

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::string dir = ((argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path()) / "append_bench.XXXXXX").string();
  if (mkdtemp(dir.data()) == nullptr) skilltrail::bench::Fail("cannot make a directory to write in");
  skilltrail::bench::MeasureSingles(dir);
  skilltrail::bench::MeasureBatches(dir);
  fs::remove_all(dir);
  return 0;
}
