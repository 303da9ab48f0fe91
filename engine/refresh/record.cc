#include "engine/refresh/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "engine/refresh/decide.h"
#include "engine/refresh/limits.h"
#include "engine/refresh/sources.h"
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
            const Findings& findings, const std::map<std::string, Error>& unreadable)
      : writing_(writing),
        state_(state),
        project_(project),
        request_(request),
        findings_(findings),
        unreadable_(unreadable),
        shelf_{state.name(), writing.reading().DirectoryOf(state), writing.blobs()} {
    if (project != nullptr) copies_.emplace(*project, writing.blobs());
  }

  // What became of the repositories of those artifacts.
  Result<SourceNews> Sources(const std::vector<std::string>& artifacts) {
    ASSIGN_OR_RETURN(const auto known, writing_.reading().states().SourcesAt(shelf_.collection, writing_.reading().log().head()));
    std::map<std::string, Facts> facts;
    for (const auto& id : artifacts) {
      const auto found = findings_.facts.find(id);
      if (found == findings_.facts.end()) continue;
      Facts& of_source = facts[id];
      of_source.source = found->second.source;
      of_source.error = found->second.error;
      of_source.repository_answered = found->second.repository_answered;
      of_source.repository = found->second.repository;
    }
    SourceNews news = CompareSources(known, facts);
    for (const auto& change : news.changes) writing_.Add({shelf_.collection, {}, {}, change});
    return news;
  }

  Status Artifacts(const std::vector<std::string>& artifacts, RefreshReport& report) {
    for (const auto& id : artifacts) {
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
    if (const auto unreadable = unreadable_.find(id); unreadable != unreadable_.end() && decision.bring != Decision::Bring::kNothing)
      decision = Refuse(std::move(decision), unreadable->second);
    if (decision.bring != Decision::Bring::kNothing && std::filesystem::is_symlink(shelf_.dir / artifact.path)) LeaveLink(decision);
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
    const ArtifactState& now = *state_.Find(id);
    decision.entry.tags_imported_at = now.tags_imported_at;
    if (delivery) SayBrought(decision.entry, artifact, now);
    return std::move(decision.entry);
  }

  // What a link leads to is not the collection's to write.
  static void LeaveLink(Decision& decision) {
    decision.bring = Decision::Bring::kNothing;
    std::erase(decision.entry.changes, "content");
    decision.entry.status = EntryStatus::kSkipped;
    decision.entry.reason = "it is a symbolic link here; put the files themselves in its place";
  }

  // The entry says how things stand after the command, and the change what it did; a dry run says what would be.
  static void SayBrought(Entry& entry, const ArtifactState& before, const ArtifactState& now) {
    entry.old_values["content"] = FieldValue{before.content_hash, {}, true};
    entry.new_values["content"] = FieldValue{now.content_hash, {}, true};
    entry.brought_from = entry.current_sha;
    entry.current_sha = now.resolved_sha;
    entry.update_available = false;
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
      if (entry.status == EntryStatus::kError || (entry.status == EntryStatus::kSkipped && !entry.covered)) excepted.insert(entry.artifact);
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
  const std::map<std::string, Error>& unreadable_;  // nobody knows whether they were edited
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

Recorder::Recorder(const Context& context, const RefreshRequest& request, Findings& findings, Validators& validators, StatedCache& stated)
    : context_(context), request_(request), findings_(findings), validators_(validators), stated_(stated) {}

Result<std::unique_ptr<Writing>> Recorder::Gather(const std::vector<std::string>& artifacts, bool last) {
  collection::Looks looks = LooksFor(context_);
  if (!dir_.empty()) looks.LookAhead(dir_);
  ASSIGN_OR_RETURN(auto writing, Writing::Open(context_, &ticket_));
  writing->Offer(findings_.collection, std::exchange(prepared_, {}));
  const projections::ProjectState* project = nullptr;
  if (!request_.project.empty()) {
    ASSIGN_OR_RETURN(project, writing->Project(request_.project));
  }
  ASSIGN_OR_RETURN(CaptureReport captured, CaptureReadable(*writing, findings_.collection, std::move(looks)));
  ASSIGN_OR_RETURN(projections::CollectionState * state, writing->Collection(findings_.collection));
  for (auto& note : captured.notes) report_.notes.push_back(std::move(note));
  Recording recording(*writing, *state, project, request_, findings_, captured.unreadable);
  SourceNews news;
  if (request_.mode != schema::RefreshMode::check_only) {
    ASSIGN_OR_RETURN(news, recording.Sources(artifacts));
  }
  RETURN_IF_ERROR(recording.Artifacts(artifacts, report_));
  writing->ComposeManifests();
  status_ = StatusOf(report_);

  report_.collection = findings_.collection;
  report_.status = schema::EnumNameRunStatus(status_);
  report_.timestamp = writing->now();
  report_.mode = request_.mode;
  report_.dry_run = context_.dry_run;
  if (!context_.dry_run) report_.run_id = writing->run_id().text();
  report_.requests_sent = findings_.ledger.sent;
  report_.requests_not_modified = findings_.ledger.not_modified;
  report_.rate_limit = findings_.ledger;
  report_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - findings_.began).count();
  std::sort(report_.entries.begin(), report_.entries.end(), [](const Entry& a, const Entry& b) { return a.artifact < b.artifact; });

  schema::RefreshCompletedT completed = recording.Completed(report_);
  completed.sources = std::move(news.facts);
  if (last && !context_.dry_run) {
    ASSIGN_OR_RETURN(const Digest digest, writing->blobs().Put(ReportJson(report_)));
    completed.report = digest.vector();
  }
  writing->Add({findings_.collection, {}, {}, std::move(completed)});
  return writing;
}

void Recorder::Know(projections::CollectionState state, std::filesystem::path dir) {
  prepared_.state = std::move(state);
  dir_ = std::move(dir);
}

void Recorder::Expect(const std::filesystem::path& dir) {
  if (context_.dry_run || request_.mode == schema::RefreshMode::check_only || prepared_.manifest.valid()) return;
  prepared_.manifest = std::async(std::launch::async, manifest::CollectionDraft::Read, dir);
}

Status Recorder::Burst(const std::vector<std::string>& artifacts) {
  ASSIGN_OR_RETURN(const auto writing, Gather(artifacts, false));
  RETURN_IF_ERROR(writing->Pause());
  for (auto& note : writing->notes()) report_.notes.push_back(std::move(note));
  std::ignore = validators_.WriteTo(writing->cache());  // a cache: what is lost is asked again
  for (const auto& id : artifacts) findings_.facts[id].content.reset();
  return {};
}

Result<RefreshReport> Recorder::Finish(const std::vector<std::string>& artifacts) {
  ASSIGN_OR_RETURN(const auto writing, Gather(artifacts, true));
  RETURN_IF_ERROR(writing->Finish(status_));
  for (auto& note : writing->notes()) report_.notes.push_back(std::move(note));
  if (context_.dry_run) return std::move(report_);
  std::ignore = validators_.WriteTo(writing->cache());
  if (const auto state = writing->Collection(findings_.collection); state.ok()) std::ignore = stated_.WriteTo(writing->cache(), **state);
  std::ignore = KeepLimit(writing->cache(), findings_.ledger, report_.timestamp);
  return std::move(report_);
}

}  // namespace skilltrail::refresh
