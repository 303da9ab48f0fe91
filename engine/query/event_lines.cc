#include "engine/query/event_lines.h"

namespace skilltrail::query {
namespace {

constexpr size_t kOverhead = 128;  // of a line in list and table

}  // namespace

bool EventLines::AppendTo(std::string& out, Seq seq) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(seq);
  if (found == places_.end()) return false;
  lines_.splice(lines_.begin(), lines_, found->second);
  out += found->second->text;
  return true;
}

void EventLines::Keep(Seq seq, std::string line) {
  const std::lock_guard lock(mutex_);
  if (places_.contains(seq)) return;
  bytes_ += line.size() + kOverhead;
  lines_.push_front({seq, std::move(line)});
  places_.emplace(seq, lines_.begin());
  while (bytes_ > max_bytes_ && lines_.size() > 1) {
    bytes_ -= lines_.back().text.size() + kOverhead;
    places_.erase(lines_.back().seq);
    lines_.pop_back();
  }
}

}  // namespace skilltrail::query
