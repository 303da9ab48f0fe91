#include "engine/query/stats.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "engine/collection/tree.h"
#include "engine/projections/named_contents.h"
#include "events/codec.h"

namespace skilltrail::query {
namespace {

constexpr Seq kProgressEvents = 16'384;

struct Sum {
  uint64_t events = 0, bytes = 0;
  void Add(size_t size) {
    ++events;
    bytes += size;
  }
};

std::string MonthText(int64_t month) {
  return fmt::format("{:04}-{:02}", month / 12, month % 12 + 1);
}

// Months since year 0, in UTC.
int64_t MonthOf(Micros time) {
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(time)};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(at));
  return static_cast<int>(date.year()) * 12 + static_cast<int64_t>(static_cast<unsigned>(date.month())) - 1;
}

void MostFirst(std::vector<EventCount>& counts) {
  std::sort(counts.begin(), counts.end(), [](const EventCount& a, const EventCount& b) {
    return std::tie(b.bytes, a.what, a.collection) < std::tie(a.bytes, b.what, b.collection);
  });
}

struct Counts {
  std::map<schema::Payload, Sum> types;
  std::unordered_map<std::string, Sum> artifacts;  // by collection, a NUL, id
  std::map<int64_t, Sum> months;
  projections::NamedContents contents;
  std::string key;

  void Add(const store::StoredEvent& stored) {
    const schema::Event& event = *stored.event;
    const size_t size = stored.bytes.size();
    types[event.payload_type()].Add(size);
    months[MonthOf(stored.logged_at)].Add(size);
    contents.Add(event);
    if (View(event.artifact()).empty()) return;
    key.assign(View(event.collection())).append(1, '\0').append(View(event.artifact()));
    artifacts[key].Add(size);
  }
};

void Report(const Counts& counts, size_t artifacts, StatsReport& report) {
  for (const auto& [type, sum] : counts.types) {
    report.by_type.push_back({EventTypeName(type), {}, sum.events, sum.bytes});
    report.event_bytes += sum.bytes;
    if (type == schema::Payload::RunStarted) report.runs = sum.events;
  }
  for (const auto& [month, sum] : counts.months) report.by_month.push_back({MonthText(month), {}, sum.events, sum.bytes});
  for (const auto& [key, sum] : counts.artifacts) {
    const size_t end = key.find('\0');
    report.by_artifact.push_back({key.substr(end + 1), key.substr(0, end), sum.events, sum.bytes});
  }
  MostFirst(report.by_type);
  MostFirst(report.by_artifact);
  report.artifacts = report.by_artifact.size();
  report.by_artifact.resize(std::min(artifacts, report.by_artifact.size()));
}

Status CountContents(const Reading& reading, const projections::NamedContents& named, StatsReport& report) {
  std::unordered_map<Digest, std::pair<uint64_t, uint64_t>, projections::HashDigest> files;  // size, trees that name it
  for (const auto& digest : named.trees) {
    const auto bytes = reading.blobs().Get(digest);
    if (!bytes.ok() && bytes.error().code != Code::kCorrupt) return bytes.error();
    const auto tree = bytes.ok() ? collection::DecodeTree(*bytes) : Result<collection::Tree>(bytes.error());
    if (!tree.ok()) {
      ++report.missing_trees;
      continue;
    }
    ++report.trees;
    for (const auto& entry : tree->entries) {
      ++report.tree_files;
      report.tree_file_bytes += entry.size;
      auto& file = files[entry.digest];
      file.first = entry.size;
      ++file.second;
    }
  }
  report.blobs = files.size();
  for (const auto& [digest, file] : files) {
    report.blob_bytes += file.first;
    if (file.second > 1) ++report.shared_blobs;
  }
  return {};
}

}  // namespace

Result<StatsReport> Stats(Reading& reading, size_t artifacts) {
  StatsReport report;
  ASSIGN_OR_RETURN(const auto moment, reading.At());
  report.head = moment.seq;
  Counts counts;
  store::ScanOptions options;
  options.through = moment.seq;
  RETURN_IF_ERROR(reading.log().Scan(options, [&](const store::StoredEvent& event) {
    counts.Add(event);
    if (event.seq % kProgressEvents == 0) skilltrail::Report(reading.context(), "counting", event.seq, moment.seq);
    return store::Visit::kContinue;
  }));
  if (moment.seq > 0) {
    const auto hash = [&](const store::StoredEvent& event) {
      report.head_hash = event.hash;
      return store::Visit::kStop;
    };
    RETURN_IF_ERROR(reading.log().At(moment.seq, hash, true));
  }
  Report(counts, artifacts, report);
  counts.contents.Settle();
  RETURN_IF_ERROR(CountContents(reading, counts.contents, report));
  ASSIGN_OR_RETURN(const auto checkpoints, reading.store().cache->Checkpoints());
  report.checkpoints = checkpoints.size();
  for (const auto& one : checkpoints) report.checkpoint_bytes += one.size;
  ASSIGN_OR_RETURN(report.cache, reading.store().cache->Kinds());
  ASSIGN_OR_RETURN(report.disk, reading.store().database->Sizes());
  return report;
}

}  // namespace skilltrail::query
