#include "engine/snapshot/history.h"

#include <algorithm>

#include "events/codec.h"

namespace skilltrail::snapshot {
namespace {

using schema::Payload;
using store::StoredEvent;
using store::Visit;

bool TellsOfAnImport(Payload type) {
  return type == Payload::RunStarted || type == Payload::RunCompleted || type == Payload::CollectionImported;
}

}  // namespace

Result<History> History::Of(const store::EventLog& log, std::string collection, Seq through) {
  History history(log, std::move(collection), through);
  RETURN_IF_ERROR(history.FindImports());
  RETURN_IF_ERROR(history.FindOthers());
  return history;
}

Status History::FindImports() {
  std::vector<RunId> runs;
  RETURN_IF_ERROR(log_->ScanStream(store::TypeStream(Payload::CollectionImported), {}, [&](const StoredEvent& event) {
    if (View(event.event->collection()) == collection_) runs.push_back(RunIdOf(*event.event));
    return Visit::kContinue;
  }));
  for (const RunId& run : runs) {
    bool only = true;
    RETURN_IF_ERROR(log_->ScanStream(store::RunStream(run), {}, [&](const StoredEvent& event) {
      only = TellsOfAnImport(event.event->payload_type());
      return only ? Visit::kContinue : Visit::kStop;
    }));
    if (only) passed_over_.insert(run);
  }
  return {};
}

Status History::FindOthers() {
  Runs runs, started;
  RunId last;
  RETURN_IF_ERROR(Scan([&](const StoredEvent& event) {
    last = RunIdOf(*event.event);
    runs.insert(last);
    if (event.event->payload_type() == Payload::RunStarted) started.insert(last);
    return Visit::kContinue;
  }));
  std::vector<Seq> others;
  for (const RunId& run : runs) {
    if (started.contains(run)) continue;
    RETURN_IF_ERROR(log_->ScanStream(store::RunStream(run), {}, [&](const StoredEvent& event) {
      if (event.event->payload_type() == Payload::RunStarted) others.push_back(event.seq);
      return Visit::kStop;
    }));
  }
  if (!runs.empty()) {
    store::ScanOptions after;
    after.after = through_;
    RETURN_IF_ERROR(log_->ScanStream(store::RunStream(last), after, [&](const StoredEvent& event) {
      if (event.event->payload_type() == Payload::RunCompleted) others.push_back(event.seq);
      return Visit::kContinue;
    }));
  }
  std::sort(others.begin(), others.end());
  others_ = std::move(others);
  return {};
}

Status History::Scan(const store::EventVisitor& visit) const {
  store::ScanOptions options;
  options.through = through_;
  Status failed;
  Visit going = Visit::kContinue;
  auto next = others_.begin();
  // Those of the others that stand before `seq`.
  const auto visit_others = [&](Seq seq) {
    for (; next != others_.end() && *next < seq && going == Visit::kContinue && failed.ok(); ++next) {
      failed = log_->At(*next, [&](const StoredEvent& event) { return going = visit(event); });
    }
  };
  RETURN_IF_ERROR(log_->ScanStream(store::CollectionStream(collection_), options, [&](const StoredEvent& event) {
    if (event.event->payload_type() == Payload::CollectionImported || passed_over_.contains(RunIdOf(*event.event))) return Visit::kContinue;
    visit_others(event.seq);
    if (going == Visit::kStop || !failed.ok()) return Visit::kStop;
    return going = visit(event);
  }));
  visit_others(UINT64_MAX);
  return failed;
}

}  // namespace skilltrail::snapshot
