#include "engine/session/prior_run.h"

#include "events/codec.h"

namespace skilltrail {

Result<std::optional<PriorRun>> FindPriorRun(const Reading& reading, std::string_view key) {
  std::optional<PriorRun> found;
  RETURN_IF_ERROR(reading.log().ScanStream(store::IdempotencyStream(key), {}, [&](const store::StoredEvent& event) {
    if (const auto* started = event.event->payload_as_RunStarted()) {
      found = PriorRun{RunIdOf(*event.event), event.seq, DigestOf(started->body_digest()), false, {}};
    }
    return store::Visit::kStop;
  }));
  if (!found) return found;
  store::ScanOptions newest_first;
  newest_first.newest_first = true;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(found->id), newest_first, [&](const store::StoredEvent& event) {
    if (const auto* completed = event.event->payload_as_RunCompleted()) {
      found->completed = true;
      found->answer = View(completed->answer());
    }
    return store::Visit::kStop;
  }));
  return found;
}

}  // namespace skilltrail
