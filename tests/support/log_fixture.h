// LogFixture: a real store in a temporary directory, and events appended to it as a test tells them.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/cache_store.h"
#include "engine/store/database.h"
#include "engine/store/event_log.h"
#include "events/codec.h"
#include "events/event.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::testing {

// A clock that moves a millisecond with every look at it.
class TickingClock : public Clock {
 public:
  Micros Now() const override { return now_ += 1'000; }
  void Advance(Micros by) { now_ += by; }

 private:
  mutable Micros now_ = 1'700'000'000'000'000;
};

// Failures of the store throw: they are not what a test with this fixture is about.
class LogFixture {
 public:
  LogFixture() { Open(store::Database::Create(dir_.path(), {})); }

  // Appends one event and returns its sequence.
  Seq Append(std::string collection, std::string artifact, std::string project, Payload payload) {
    Event event;
    event.run_id.bytes[15] = 1;
    event.ordinal = ordinal_++;
    event.recorded_at = clock_.Now();
    event.collection = std::move(collection);
    event.artifact = std::move(artifact);
    event.project = std::move(project);
    event.payload = std::move(payload);
    std::vector<std::vector<uint8_t>> events;
    events.push_back(EncodeEvent(event));
    return Append(std::move(events));
  }
  // Appends encoded events in one batch and returns the sequence of the last.
  Seq Append(std::vector<std::vector<uint8_t>> events) {
    store::AppendRequest request;
    request.events = std::move(events);
    return Require(log_->Append(std::move(request))).last;
  }
  // Closes the store and opens it again, for writing.
  void Reopen() {
    if (auto anchored = log_->Anchor(); !anchored.ok()) throw std::runtime_error(anchored.error().message);
    Close();
    Open(store::Database::OpenWriter(dir_.path(), {}));
  }

  store::EventLog& log() { return *log_; }
  store::CacheStore& cache() { return *cache_; }
  store::Database& database() { return *database_; }
  TickingClock& clock() { return clock_; }
  const std::filesystem::path& path() const { return dir_.path(); }

 private:
  template <class T>
  static T Require(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().message);
    return std::move(result).value();
  }
  void Open(Result<std::unique_ptr<store::Database>> database) {
    database_ = Require(std::move(database));
    log_ = Require(store::EventLog::Open(*database_, dir_.path(), clock_));
    cache_ = std::make_unique<store::CacheStore>(*database_);
  }
  void Close() {
    cache_.reset();
    log_.reset();
    database_.reset();
  }

  TempDir dir_;
  TickingClock clock_;
  uint32_t ordinal_ = 0;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::EventLog> log_;
  std::unique_ptr<store::CacheStore> cache_;
};

}  // namespace skilltrail::testing
