#include "engine/refresh/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/refresh/decide.h"
#include "engine/refresh/sync.h"
#include "engine/session/capture.h"
#include "engine/session/writing.h"
#include "events/source.h"

namespace skilltrail::refresh {
namespace {

using projections::ArtifactState;

class Recording {
 public:
  Recording(Writing& writing, projections::CollectionState& state, const projections::ProjectState* project, const RefreshRequest& request,
            const Findings& findings)
      : writing_(writing),
        state_(state),
        project_(project),
        request_(request),
        findings_(findings),
        shelf_{state.name(), writing.reading().DirectoryOf(state), writing.blobs()} {
    if (project != nullptr) copies_.emplace(*project, writing.blobs());
  }

  Status Artifacts(RefreshReport& report) {
    for (const auto& id : findings_.selection.chosen) {
      auto entry = One(id, report.notes);
      if (!entry.ok()) return entry.error();
      report.entries.push_back(std::move(*entry));
    }
    return {};
  }

  // The event that says which artifacts were looked at.
  schema::RefreshCompletedT Completed(const RefreshReport& report) const {
    schema::RefreshCompletedT completed;
    completed.mode = request_.mode;
    for (ArtifactType type : request_.types) completed.types.emplace_back(TypeName(type));
    completed.name_glob = request_.name_glob;
    completed.artifacts = findings_.selection.asked;
    const std::set<std::string> fields(request_.fields.begin(), request_.fields.end());
    completed.fields.assign(fields.begin(), fields.end());
    completed.repositories = Repositories();
    completed.excepted = Excepted(report, completed.repositories);
    completed.total = static_cast<uint32_t>(report.entries.size());
    completed.refreshed = static_cast<uint32_t>(report.Count(EntryStatus::kRefreshed));
    completed.unchanged = static_cast<uint32_t>(report.Count(EntryStatus::kUnchanged));
    completed.skipped = static_cast<uint32_t>(report.Count(EntryStatus::kSkipped));
    completed.errors = static_cast<uint32_t>(report.Count(EntryStatus::kError));
    completed.requests_sent = static_cast<uint32_t>(report.requests_sent);
    completed.requests_not_modified = static_cast<uint32_t>(report.requests_not_modified);
    return completed;
  }

 private:
  // Of the artifact as it is now, which may be another one than upstream was asked about.
  Decision DecideOne(const ArtifactState& artifact, const Ours& ours, const Facts& facts) const {
    if (artifact.source == facts.source) return Decide(ours, facts, request_);
    Decision decision;
    decision.entry.artifact = artifact.id;
    decision.entry.tags_imported_at = artifact.tags_imported_at;
    decision.entry.current_sha = artifact.resolved_sha;
    return Refuse(std::move(decision), {Code::kConflict, "its source was changed by another command meanwhile; refresh again", {}});
  }

  Result<Entry> One(const std::string& id, std::vector<std::string>& notes) {
    const ArtifactState* held = state_.Find(id);
    if (held == nullptr) {
      Decision decision;
      decision.entry.artifact = id;
      return Pass(std::move(decision), "it was removed meanwhile").entry;
    }
    const ArtifactState artifact = *held;  // every Add changes the state
    static const Facts kNone;
    auto found = findings_.facts.find(id);
    const Facts& facts = found == findings_.facts.end() ? kNone : found->second;
    ASSIGN_OR_RETURN(Ours ours, ReadOurs(writing_.reading().log(), shelf_, artifact, facts));
    if (project_ != nullptr && facts.place && facts.place->git_id != artifact.git_tree) {
      ASSIGN_OR_RETURN(ours.drift, ReadDrift(*copies_, *project_, shelf_, artifact));
    }
    Decision decision = DecideOne(artifact, ours, facts);
    std::optional<Delivery> delivery;
    if (decision.bring != Decision::Bring::kNothing) {
      auto delivered = Deliver(shelf_, ours, facts, decision.bring);
      if (delivered.ok()) {
        delivery = std::move(*delivered);
      } else if (delivered.error().code == Code::kConflict) {
        decision = Pass(std::move(decision), delivered.error().message);
      } else {
        return delivered.error();
      }
    }
    for (auto& event : decision.events) writing_.Add({shelf_.collection, id, {}, std::move(event)});
    if (delivery) {
      RETURN_IF_ERROR(Put(writing_, shelf_, id, *delivery, request_));
      for (const auto& note : delivery->notes) notes.push_back(fmt::format("{}: {}", id, note));
    }
    decision.entry.tags_imported_at = state_.Find(id)->tags_imported_at;
    return std::move(decision.entry);
  }

  // As the sources are called now, so that coverage finds them.
  std::vector<std::string> Repositories() const {
    std::set<std::string> names;
    for (const auto& [id, facts] : findings_.facts) {
      const ArtifactState* artifact = state_.Find(id);
      if (artifact == nullptr || !facts.repository_answered) continue;
      if (auto source = ParseSource(artifact->source); source.ok()) names.insert(source->repository());
    }
    return {names.begin(), names.end()};
  }

  // What failed or was skipped, and what came into the collection while upstream was asked.
  std::vector<std::string> Excepted(const RefreshReport& report, const std::vector<std::string>& repositories) const {
    std::set<std::string> excepted;
    std::set<std::string> seen;
    for (const auto& entry : report.entries) {
      seen.insert(entry.artifact);
      if (entry.status == EntryStatus::kError || entry.status == EntryStatus::kSkipped) excepted.insert(entry.artifact);
    }
    for (const auto* artifact : state_.artifacts()) {
      if (artifact->source.empty() || seen.contains(artifact->id) || !Passes(request_, findings_.selection.asked, artifact->id)) continue;
      auto source = ParseSource(artifact->source);
      if (source.ok() && std::binary_search(repositories.begin(), repositories.end(), source->repository())) excepted.insert(artifact->id);
    }
    return {excepted.begin(), excepted.end()};
  }

  Writing& writing_;
  projections::CollectionState& state_;
  const projections::ProjectState* project_;
  const RefreshRequest& request_;
  const Findings& findings_;
  const Shelf shelf_;
  std::optional<deploy::ProjectCopies> copies_;  // of the project
};

schema::RunStatus StatusOf(const RefreshReport& report) {
  const size_t errors = report.Count(EntryStatus::kError);
  if (errors == 0) return schema::RunStatus::completed;
  // Local artifacts say nothing of how upstream fared.
  const auto local =
      static_cast<size_t>(std::count_if(report.entries.begin(), report.entries.end(), [](const Entry& entry) { return entry.local; }));
  return errors + local == report.entries.size() ? schema::RunStatus::failed : schema::RunStatus::partial;
}

}  // namespace

Result<RefreshReport> Record(const Context& context, const RefreshRequest& request, const Findings& findings) {
  ASSIGN_OR_RETURN(auto opened, Writing::Open(context));
  Writing& writing = *opened;
  const projections::ProjectState* project = nullptr;
  if (!request.project.empty()) {
    ASSIGN_OR_RETURN(project, writing.Project(request.project));
  }
  ASSIGN_OR_RETURN(CaptureReport captured, Capture(writing, findings.collection));
  ASSIGN_OR_RETURN(projections::CollectionState * state, writing.Collection(findings.collection));
  Recording recording(writing, *state, project, request, findings);

  RefreshReport report;
  report.collection = findings.collection;
  report.timestamp = writing.now();
  report.mode = request.mode;
  report.dry_run = context.dry_run;
  if (!context.dry_run) report.run_id = writing.run_id().text();
  report.requests_sent = findings.ledger.sent;
  report.requests_not_modified = findings.ledger.not_modified;
  report.rate_limit_remaining = findings.ledger.remaining;
  report.notes = std::move(captured.notes);
  RETURN_IF_ERROR(recording.Artifacts(report));
  const schema::RunStatus status = StatusOf(report);
  report.status = schema::EnumNameRunStatus(status);
  report.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - findings.began).count();

  schema::RefreshCompletedT completed = recording.Completed(report);
  if (!context.dry_run) {
    ASSIGN_OR_RETURN(const Digest digest, writing.blobs().Put(ReportJson(report)));
    completed.report = digest.vector();
  }
  writing.Add({findings.collection, {}, {}, std::move(completed)});
  RETURN_IF_ERROR(writing.Finish(status));
  for (auto& note : writing.notes()) report.notes.push_back(std::move(note));
  return report;
}

}  // namespace skilltrail::refresh
