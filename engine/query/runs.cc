#include "engine/query/runs.h"

#include <map>
#include <set>
#include <utility>

#include "engine/query/artifact_diff.h"
#include "events/codec.h"

namespace skilltrail::query {
namespace {

bool ConcernsProject(schema::Payload type) {
  return type == schema::Payload::ArtifactDeployed || type == schema::Payload::ArtifactUndeployed ||
         type == schema::Payload::BaselineMoved || type == schema::Payload::DriftDetected || type == schema::Payload::DriftResolved;
}

// The states of a collection just before and just after a run, of the artifacts that it touched.
Status AddDifferences(const Reading& reading, const std::set<std::string>& ids, RunReport& report) {
  if (ids.empty()) return {};
  ASSIGN_OR_RETURN(const auto before, reading.states().CollectionAt(report.run.collection, report.run.seq - 1));
  ASSIGN_OR_RETURN(const auto after, reading.states().CollectionAt(report.run.collection, report.run.last_seq));
  const DiffSide before_side = BlobSide(reading, before), after_side = BlobSide(reading, after);
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(auto diff, DiffArtifact(id, before_side, after_side, {}));
    if (diff) report.artifacts.push_back(std::move(*diff));
  }
  return {};
}

}  // namespace

Result<std::vector<RunFacts>> Runs(Reading& reading, std::optional<uint64_t> limit) {
  ASSIGN_OR_RETURN(const Moment moment, reading.At());
  const std::string& collection = moment.collection.empty() ? reading.context().collection : moment.collection;
  if (!collection.empty()) RETURN_IF_ERROR(reading.Collection(collection, moment));
  std::vector<RunFacts> runs;
  if (limit && *limit == 0) return runs;
  // Backwards, a run is whole when its first event comes by.
  std::map<RunId, RunFacts> open;
  store::ScanOptions newest_first;
  newest_first.through = moment.seq;
  newest_first.newest_first = true;
  RETURN_IF_ERROR(reading.log().Scan(newest_first, [&](const store::StoredEvent& event) {
    const RunId id = RunIdOf(*event.event);
    RunFacts& run = open[id];
    Apply(run, event);
    if (run.seq == 0) return store::Visit::kContinue;
    if (collection.empty() || run.collection == collection) runs.push_back(std::move(run));
    open.erase(id);
    return limit && runs.size() == *limit ? store::Visit::kStop : store::Visit::kContinue;
  }));
  return runs;
}

Result<RunReport> ShowRun(Reading& reading, Seq seq) {
  ASSIGN_OR_RETURN(const Moment moment, reading.At());
  RunReport report;
  std::set<std::string> ids;
  Digest kept;
  ASSIGN_OR_RETURN(
      report.run, ReadRun(reading, seq, moment.seq, [&](const store::StoredEvent& stored) {
        const schema::Event& event = *stored.event;
        const auto type = event.payload_type();
        if (ChangesArtifact(type)) ids.emplace(View(event.artifact()));
        if (ConcernsProject(type)) {
          report.deployments.push_back({std::string(View(event.project())), std::string(View(event.artifact())), EventTypeName(event)});
        }
        if (const auto* completed = event.payload_as_RefreshCompleted()) kept = DigestOf(completed->report());
        return store::Visit::kContinue;
      }));
  RETURN_IF_ERROR(AddDifferences(reading, ids, report));
  if (!kept.zero()) {
    ASSIGN_OR_RETURN(report.refresh, reading.blobs().Get(kept));
  }
  return report;
}

}  // namespace skilltrail::query
