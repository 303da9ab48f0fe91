#include "engine/query/run_book.h"

#include <utility>

#include "events/codec.h"

namespace skilltrail::query {
namespace {

// A log has far more runs than a person looks at: the memory of them stays small.
constexpr size_t kMaxRuns = 4096;

}  // namespace

RunOrigin OriginOf(Seq seq, const schema::Event& first) {
  RunOrigin origin;
  origin.seq = seq;
  if (const auto* started = first.payload_as_RunStarted()) {
    origin.actor = View(started->actor());
    origin.command = View(started->command());
  }
  return origin;
}

Result<const RunOrigin*> RunBook::Of(const RunId& id) {
  const auto known = runs_.find(id);
  if (known != runs_.end()) return &known->second;
  RunOrigin origin;
  RETURN_IF_ERROR(log_.ScanStream(store::RunStream(id), {}, [&](const store::StoredEvent& event) {
    origin = OriginOf(event.seq, *event.event);
    return store::Visit::kStop;
  }));
  if (runs_.size() > kMaxRuns) runs_.clear();
  return &runs_.emplace(id, std::move(origin)).first->second;
}

}  // namespace skilltrail::query
