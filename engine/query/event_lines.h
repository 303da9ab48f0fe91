// EventLines: the JSON of events that were asked for lately. An event never changes, so neither does its line.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "events/id.h"

namespace skilltrail::query {

// Of one store. Thread-safe.
class EventLines {
 public:
  explicit EventLines(size_t max_bytes) : max_bytes_(max_bytes) {}
  // Appends the event's line to `out`; false if it is not here.
  bool AppendTo(std::string& out, Seq seq);
  void Keep(Seq seq, std::string line);

 private:
  struct Line {
    Seq seq;
    std::string text;
  };
  const size_t max_bytes_;
  std::mutex mutex_;
  std::list<Line> lines_;  // the one used last in front
  std::unordered_map<Seq, std::list<Line>::iterator> places_;
  size_t bytes_ = 0;
};

}  // namespace skilltrail::query
