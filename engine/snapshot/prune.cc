#include "engine/snapshot/prune.h"

#include "engine/session/writing.h"

namespace skilltrail::snapshot {
namespace {

void AddDeleted(Writing& writing, const projections::SnapshotInfo& snapshot) {
  schema::SnapshotDeletedT deleted;
  deleted.id = snapshot.id;
  deleted.name = snapshot.name;
  writing.Add({snapshot.collection, {}, {}, std::move(deleted)});
}

}  // namespace

Result<DeleteReport> Delete(const Context& context, const std::string& snapshot) {
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  DeleteReport report;
  ASSIGN_OR_RETURN(report.snapshot, Show(writing->reading(), snapshot));
  AddDeleted(*writing, report.snapshot.snapshot);
  RETURN_IF_ERROR(writing->Finish());
  report.run_id = writing->run_text();
  report.notes = writing->notes();
  return report;
}

Result<PruneReport> Prune(const Context& context, const KeepPolicy& policy) {
  if (policy.empty()) {
    return Error{Code::kUsage, "a prune that keeps nothing is no prune",
                 "say what to keep: --keep-last N, --keep-daily N, --keep-weekly N, --keep-monthly N, --keep-yearly N or --keep-within D"};
  }
  ASSIGN_OR_RETURN(const auto writing, Writing::Open(context));
  Reading& reading = writing->reading();
  ASSIGN_OR_RETURN(const auto head, reading.Resolve(""));
  ASSIGN_OR_RETURN(const auto collection, reading.Collection("", head));
  ASSIGN_OR_RETURN(auto snapshots, reading.states().SnapshotsAt(head.seq));
  PruneReport report;
  report.collection = collection.name;
  std::vector<Micros> times;
  for (auto one = snapshots.rbegin(); one != snapshots.rend(); ++one) {
    if (one->collection != collection.name) continue;
    times.push_back(one->created_at);
    ASSIGN_OR_RETURN(auto described, Describe(reading.log(), std::move(*one)));
    report.items.push_back({std::move(described), {}});
  }
  auto verdicts = Judge(times, policy);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    report.items[i].verdict = std::move(verdicts[i]);
    ++(report.items[i].verdict.keep ? report.kept : report.dropped);
    if (!report.items[i].verdict.keep) AddDeleted(*writing, report.items[i].snapshot.snapshot);
  }
  RETURN_IF_ERROR(writing->Finish());
  report.applied = !context.dry_run;
  report.run_id = writing->run_text();
  report.notes = writing->notes();
  return report;
}

}  // namespace skilltrail::snapshot
