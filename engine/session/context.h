// Context: who runs which command on which store. Both front doors fill one in; the engine reads nothing of it from the environment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/store/database.h"
#include "events/time.h"

namespace skilltrail {

// What a person is shown while something takes long. Called from the command's own thread.
class Progress {
 public:
  virtual ~Progress() = default;
  // `what` is a present participle ("refreshing"); total 0: unknown.
  virtual void Update(std::string_view what, uint64_t done, uint64_t total) = 0;
};

struct Context {
  std::filesystem::path store;  // the store's directory, absolute
  std::string collection;       // the one asked for; empty: the store's default
  std::string at;               // POINT for reading commands; empty: the head
  std::string actor;            // who
  std::string command;          // the command line, without secrets
  std::string message;          // -m
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
