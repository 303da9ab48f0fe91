// Context: who runs which command on which store. Both front doors fill one in; the engine reads nothing of it from the environment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/store/database.h"
#include "events/digest.h"
#include "events/id.h"
#include "events/time.h"

namespace skilltrail {

// What a person is shown while something takes long. Called from the command's own thread.
class Progress {
 public:
  virtual ~Progress() = default;
  // `what` is a present participle ("refreshing"); total 0: unknown.
  virtual void Update(std::string_view what, uint64_t done, uint64_t total) = 0;
};

// A request that its sender may send again: it is done once.
struct Idempotency {
  std::string key;
  Digest body;  // of all that makes up the request
};

struct Context {
  std::filesystem::path store;  // the store's directory, absolute
  std::string collection;       // the one asked for; empty: the store's default
  std::string at;               // POINT for reading commands; empty: the head
  std::string actor;            // who
  std::string command;          // the command line, without secrets
  std::string message;          // -m
  // A changing command writes only if no run has this key yet; else kConflict, and prior_run.h tells what that run did.
  std::optional<Idempotency> idempotency = std::nullopt;
  std::optional<Seq> expected_head = std::nullopt;  // a changing command writes only on a log that ends there; else kConflict
  int lock_timeout_ms = 10'000;
  bool dry_run = false;                 // changing commands report and write nothing at all
  const Clock* clock = &SystemClock();  // not owned
  Progress* progress = nullptr;         // not owned
  std::function<bool()> interrupted;    // true: stop at the next safe place with kInterrupted
  store::DatabaseOptions database;      // tests flush often
};

inline void Report(const Context& context, std::string_view what, uint64_t done, uint64_t total) {
  if (context.progress != nullptr) context.progress->Update(what, done, total);
}
inline bool Interrupted(const Context& context) {
  return context.interrupted && context.interrupted();
}

}  // namespace skilltrail
