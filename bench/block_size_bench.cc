// How many events a sealed block should hold, and how RocksDB should compress it: what each choice costs in appends, bytes and reads.
//
//   block_size_bench [EVENTS] [DIR]      default: 1,000,000 events in a temporary directory
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "engine/store/store.h"
#include "events/codec.h"

namespace skilltrail {
namespace {

using bench::Stopwatch;
using bench::Take;
using store::Compression;

constexpr uint64_t kBatchEvents = 1'000;
constexpr uint64_t kArtifacts = 2'000;
constexpr int kSingles = 500;
constexpr int kStreams = 300;

// What a large refresh appends: one run a batch, most artifacts with new tags, some with new metadata.
std::vector<uint8_t> EventBytes(const RunId& run, uint64_t number) {
  Event event;
  event.run_id = run;
  event.ordinal = static_cast<uint32_t>(number % kBatchEvents);
  event.recorded_at = 1'769'000'000'000'000 + static_cast<Micros>(number) * 1'000;
  event.collection = "default";
  const uint64_t artifact = number * 7919 % kArtifacts;
  event.artifact = "skill:skill-number-" + std::to_string(artifact);
  const std::string source = "owner-" + std::to_string(artifact % 97) + "/skills/skill-number-" + std::to_string(artifact);
  if (number % 4 == 0) {
    schema::MetadataRefreshedT refreshed;
    refreshed.source = source;
    refreshed.commit = Sha256(std::to_string(number)).hex().substr(0, 40);
    auto change = std::make_unique<schema::FieldChangeT>();
    change->field = "description";
    change->before = "Reads tables from documents, version " + std::to_string(number / 4);
    change->after = "Reads tables from documents, version " + std::to_string(number / 4 + 1);
    refreshed.changes.push_back(std::move(change));
    event.payload = std::move(refreshed);
  } else {
    schema::TagsImportedT imported;
    imported.source = source;
    imported.topics = {"pdf", "documents", "tables", "topic-" + std::to_string(number % 31)};
    imported.added = {"topic-" + std::to_string(number % 31)};
    imported.removed = {"topic-" + std::to_string((number + 7) % 31)};
    imported.before = {"documents", "pdf", "tables", imported.removed.front()};
    imported.after = {"documents", "pdf", "tables", imported.added.front()};
    imported.etag = "W/\"" + Sha256(std::to_string(number)).hex() + "\"";
    event.payload = std::move(imported);
  }
  return EncodeEvent(event);
}

struct Row {
  double append_per_s = 0;
  double append_cpu_us = 0;
  double log_mb = 0;
  double index_mb = 0;
  double fold_per_s = 0;
  double stream_us = 0;
  double last_us = 0;
  double single_per_s = 0;
  double open_ms = 0;
  double verify_per_s = 0;
};

uint64_t Fold(const store::EventLog& log) {
  uint64_t sum = 0;
  Take(log.Scan({}, [&](const store::StoredEvent& event) {
    sum += event.event->ordinal() + View(event.event->artifact()).size();
    if (const auto* imported = event.event->payload_as_TagsImported(); imported != nullptr && imported->after() != nullptr) {
      for (const auto* tag : *imported->after()) sum += static_cast<uint8_t>(View(tag).back());
    }
    return store::Visit::kContinue;
  }));
  return sum;
}

void MeasureAppends(const std::filesystem::path& dir, uint64_t events, uint32_t block_events, const store::DatabaseOptions& options,
                    Row& row) {
  const auto database = Take(store::Database::Create(dir, options));
  store::LogOptions log_options;
  log_options.block_events = block_events;
  const auto log = Take(store::EventLog::Open(*database, dir, SystemClock(), log_options));
  double seconds = 0;
  double cpu_seconds = 0;
  for (uint64_t number = 0; number < events;) {
    store::AppendRequest request;
    const RunId run = NewRunId(SystemClock().Now());
    for (uint64_t i = 0; i < kBatchEvents; ++i) request.events.push_back(EventBytes(run, number++));
    const Stopwatch watch;
    Take(log->Append(std::move(request)));
    seconds += watch.Seconds();
    cpu_seconds += watch.CpuSeconds();
  }
  row.append_per_s = static_cast<double>(events) / seconds;
  row.append_cpu_us = cpu_seconds * 1e6 / static_cast<double>(events);
  const RunId run = NewRunId(SystemClock().Now());
  const Stopwatch watch;
  for (int i = 0; i < kSingles; ++i) {
    store::AppendRequest request;
    request.events.push_back(EventBytes(run, static_cast<uint64_t>(i)));
    Take(log->Append(std::move(request)));
  }
  row.single_per_s = kSingles / watch.Seconds();
  Take(log->Anchor());
  Take(database->Flush());
  for (const auto& size : Take(database->Sizes())) {
    if (size.family == "log") row.log_mb = static_cast<double>(size.bytes) / 1e6;
    if (size.family == "index") row.index_mb = static_cast<double>(size.bytes) / 1e6;
  }
}

void MeasureReads(const std::filesystem::path& dir, Row& row) {
  const Stopwatch opening;
  const auto reader = Take(store::Store::OpenReader(dir, SystemClock()));
  row.open_ms = opening.Seconds() * 1e3;
  const store::EventLog& log = *reader->log;
  uint64_t sum = Fold(log);  // once to warm the page cache
  const Stopwatch folding;
  sum += Fold(log);
  row.fold_per_s = static_cast<double>(log.head()) / folding.CpuSeconds();

  const Stopwatch streaming;
  for (int i = 0; i < kStreams; ++i) {
    const auto stream = store::ArtifactStream("default", "skill:skill-number-" + std::to_string(i * 6));
    Take(log.ScanStream(stream, {}, [&](const store::StoredEvent& event) {
      sum += event.seq;
      return store::Visit::kContinue;
    }));
  }
  row.stream_us = streaming.CpuSeconds() * 1e6 / kStreams;
  const Stopwatch looking;
  for (int i = 0; i < kStreams; ++i)
    sum += Take(log.LastOf(store::ArtifactStream("default", "skill:skill-number-" + std::to_string(i * 6 + 1))));
  row.last_us = looking.CpuSeconds() * 1e6 / kStreams;
  const Stopwatch verifying;
  const auto verified = Take(log.Verify({}));
  row.verify_per_s = static_cast<double>(verified.events) / verifying.CpuSeconds();
  if (!verified.problems.empty() || sum == 0) std::exit(1);
}

}  // namespace
}  // namespace skilltrail

int main(int argc, char** argv) {
  using namespace skilltrail;
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::filesystem::path base = argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path();
  // append/s and open are of wall time; the rest is of one core's processor time.
  std::printf(
      "| block | compression | append/s, 1,000 a batch | CPU µs an event | append/s, one | log MB | index MB | fold/s | artifact µs |");
  std::printf(" last of µs | open ms | verify/s |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  const std::pair<store::Compression, const char*> compressions[] = {
      {Compression::kNone, "none"}, {Compression::kLz4, "lz4"}, {Compression::kZstd, "zstd"}};
  for (const uint32_t block_events : {16u, 64u, 256u}) {
    for (const auto& [compression, name] : compressions) {
      const std::filesystem::path dir = base / ("skilltrail-block-size-bench-" + std::to_string(block_events) + name);
      std::filesystem::remove_all(dir);
      std::filesystem::create_directories(dir);
      store::DatabaseOptions options;
      options.log_compression = compression;
      Row row;
      MeasureAppends(dir, events, block_events, options, row);
      MeasureReads(dir, row);
      std::filesystem::remove_all(dir);
      std::printf("| %u | %s | %.0f k | %.1f | %.0f | %.0f | %.0f | %.2f M | %.0f | %.0f | %.1f | %.2f M |\n", block_events, name,
                  row.append_per_s / 1e3, row.append_cpu_us, row.single_per_s, row.log_mb, row.index_mb, row.fold_per_s / 1e6,
                  row.stream_us, row.last_us, row.open_ms, row.verify_per_s / 1e6);
      std::fflush(stdout);
    }
  }
  return 0;
}
