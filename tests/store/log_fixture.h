// Events and stores for the store's tests and their helper programs.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/store.h"
#include "events/codec.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::testing {

class FixedClock : public Clock {
 public:
  Micros Now() const override { return now; }
  Micros now = 1'769'000'000'000'000;
};

inline RunId RunNumber(uint8_t number) {
  RunId run;
  run.bytes.fill(number);
  return run;
}

// TagsImported for skill:s<number % artifacts> of `collection`, whose source tells the number and whose size differs from its neighbour's.
inline std::vector<uint8_t> EventBytes(uint64_t number, uint64_t artifacts = 10, const std::string& collection = "default") {
  Event event;
  event.run_id = RunNumber(1);
  event.ordinal = static_cast<uint32_t>(number);
  event.recorded_at = static_cast<Micros>(number);
  event.collection = collection;
  event.artifact = "skill:s" + std::to_string(number % artifacts);
  schema::TagsImportedT imported;
  imported.source = "acme/skills" + std::string(number % 13, 'x');
  imported.added = {"t" + std::to_string(number % 5)};
  imported.after = imported.added;
  event.payload = std::move(imported);
  return EncodeEvent(event);
}

inline std::vector<uint8_t> RunStartedBytes(const RunId& run, const std::string& idempotency_key, const Digest& body) {
  Event event;
  event.run_id = run;
  schema::RunStartedT started;
  started.actor = "tester";
  started.idempotency_key = idempotency_key;
  started.body_digest = body.vector();
  event.payload = std::move(started);
  return EncodeEvent(event);
}

// `count` events that continue at `first`.
inline store::AppendRequest Request(uint64_t first, uint64_t count, uint64_t artifacts = 10) {
  store::AppendRequest request;
  for (uint64_t i = 0; i < count; ++i) request.events.push_back(EventBytes(first + i, artifacts));
  return request;
}

// The value, or the end of the program: for what a test takes for granted.
template <class T>
T Take(Result<T> result) {
  if (!result.ok()) {
    std::cerr << "error: " << result.error().message << "\n";
    std::abort();
  }
  return std::move(result).value();
}
inline void Take(const Status& status) {
  if (status.ok()) return;
  std::cerr << "error: " << status.error().message << "\n";
  std::abort();
}

// The sequences that a scan delivers, in its order.
inline std::vector<Seq> Scanned(const store::EventLog& log, const store::ScanOptions& options) {
  std::vector<Seq> out;
  Take(log.Scan(options, [&](const store::StoredEvent& event) {
    out.push_back(event.seq);
    return store::Visit::kContinue;
  }));
  return out;
}
inline std::vector<Seq> ScannedStream(const store::EventLog& log, const store::StreamKey& stream, const store::ScanOptions& options = {}) {
  std::vector<Seq> out;
  Take(log.ScanStream(stream, options, [&](const store::StoredEvent& event) {
    out.push_back(event.seq);
    return store::Visit::kContinue;
  }));
  return out;
}

// What is wrong with the log: positions that are not dense from 1, a broken chain, events that are not EventBytes(seq, artifacts). Empty:
// nothing.
inline std::string WrongWith(const store::EventLog& log, uint64_t artifacts = 10) {
  Seq expected = 1;
  Digest hash;
  std::string wrong;
  store::ScanOptions options;
  options.hashes = true;
  const Status scanned = log.Scan(options, [&](const store::StoredEvent& event) {
    const auto bytes = EventBytes(event.seq, artifacts);
    if (event.seq != expected) wrong = "after " + std::to_string(expected - 1) + " comes " + std::to_string(event.seq);
    if (event.prev_hash != hash || event.hash != ChainHash(hash, event.bytes)) wrong = "the chain breaks at " + std::to_string(event.seq);
    if (!std::equal(bytes.begin(), bytes.end(), event.bytes.begin(), event.bytes.end()))
      wrong = "other bytes at " + std::to_string(event.seq);
    hash = event.hash;
    ++expected;
    return wrong.empty() ? store::Visit::kContinue : store::Visit::kStop;
  });
  if (!scanned.ok()) return scanned.error().message;
  if (!wrong.empty()) return wrong;
  if (expected - 1 != log.head()) return "the scan ends at " + std::to_string(expected - 1) + ", the head is " + std::to_string(log.head());
  if (hash != log.head_hash()) return "the head has another hash";
  return {};
}

constexpr Micros kMinute = Micros{60} * 1'000'000;

// A store in a directory of its own, open for writing.
struct LogTest {
  TempDir dir;
  FixedClock clock;
  std::unique_ptr<store::Store> store = Take(store::Store::Create(dir.path(), "test", 0, clock));

  store::EventLog& log() { return *store->log; }
  void Append(uint64_t count) { Take(log().Append(Request(log().head() + 1, count))); }
  void Reopen() {
    Take(log().Anchor());
    store.reset();
    store = Take(store::Store::OpenWriter(dir.path(), "test", 0, clock));
  }
  std::unique_ptr<store::Store> Reader() { return Take(store::Store::OpenReader(dir.path(), clock)); }
};

inline std::vector<Seq> Range(Seq first, Seq last) {
  std::vector<Seq> out(last + 1 - first);
  std::iota(out.begin(), out.end(), first);
  return out;
}

}  // namespace skilltrail::testing
