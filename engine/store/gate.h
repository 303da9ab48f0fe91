// Gate: the file `gate` of a store. Readers open the database holding it shared; the writer holds it exclusively around its own open and
// every flush, because a reader that reads the manifest before a flush and the WAL after it would miss what was flushed.
//
// Two locks of the kernel's on that file, which go with the process: byte 0 is the way in, byte 1 the room. Whoever comes passes through
// the way in; a writer that waits stands in it, so that readers who come one after another can't keep it waiting for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "events/result.h"

namespace skilltrail::store {

// How long a reader waits for a writer to open or flush: that takes milliseconds, on a slow disk a few seconds.
inline constexpr std::chrono::milliseconds kReaderPatience{20'000};

// A shared hold for as long as it lives. In a store that can't be written a missing gate is no error: nothing can flush there.
class GatePass {
 public:
  // kBusy if a writer has held it for so long: it was stopped, and must not hold up everybody who only looks.
  static Result<GatePass> Take(const std::filesystem::path& dir, std::chrono::milliseconds patience = kReaderPatience);
  ~GatePass();
  GatePass(GatePass&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  GatePass& operator=(GatePass&&) = delete;

 private:
  explicit GatePass(int fd) : fd_(fd) {}
  int fd_;
};

// The writer's side. Thread-safe: several families flush at once, and the gate is shut while any of them does.
class Gate {
 public:
  static Result<std::unique_ptr<Gate>> Open(const std::filesystem::path& dir);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // A reason to hold it, by number. Shut waits for readers to leave; it returns with the gate shut.
  void Shut(uint64_t reason);
  void Release(uint64_t reason);
  // Drops every reason: what was under way has failed and will not report.
  void ReleaseAll();

 private:
  explicit Gate(int fd) : fd_(fd) {}
  int fd_;
  std::mutex mutex_;
  std::multiset<uint64_t> reasons_;
};

}  // namespace skilltrail::store
