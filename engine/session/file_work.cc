// What follows from the log on disk: files that are to be brought over, and the record files of projects.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/materialise.h"
#include "engine/session/capture.h"
#include "engine/session/record_file.h"
#include "engine/session/writing.h"
#include "events/codec.h"

namespace skilltrail {
namespace {

// Beside the artifact folders (skills/, commands/, ...), so on their file system, and hidden, so never taken for an artifact. A file that
// is nobody's own (settings.json) stands beside those folders itself.
std::filesystem::path StagingOf(const store::PendingWork& work) {
  const std::filesystem::path folder = std::filesystem::path(work.path).parent_path();
  return (work.artifact.empty() ? folder : folder.parent_path()) / ".skilltrail-staging";
}

}  // namespace

Status Writing::FinishPending() {
  auto pending = store_->log->Pending();
  if (!pending.ok()) return pending.error();
  if (pending->empty()) return {};
  RETURN_IF_ERROR(LetGo(*pending));
  if (Status brought = BringOver(*pending); !brought.ok()) return brought;
  auto left = store_->log->Pending();
  if (!left.ok()) return left.error();
  const size_t done = pending->size() - left->size();
  if (done > 0) notes_.push_back(fmt::format("finished the file work of an interrupted command: {} path{}", done, done == 1 ? "" : "s"));
  return {};
}

// What was to come into a project whose directory is gone since: nobody waits for it there.
Status Writing::LetGo(std::vector<store::PendingWork>& work) {
  std::map<Seq, std::string> projects;
  std::set<std::string> gone;
  std::vector<uint64_t> ids;
  for (const auto& one : work) {
    if (!projects.contains(one.seq)) {
      RETURN_IF_ERROR(store_->log->At(one.seq, [&](const store::StoredEvent& event) {
        projects[one.seq] = View(event.event->project());
        return store::Visit::kStop;
      }));
    }
    const std::string& project = projects[one.seq];
    std::error_code failed;
    if (project.empty() || !one.path.starts_with(project + "/") || std::filesystem::exists(project, failed) || failed) continue;
    gone.insert(project);
    ids.push_back(one.id);
  }
  if (ids.empty()) return {};
  RETURN_IF_ERROR(store_->log->ClearPending(ids));
  std::erase_if(work, [&](const auto& one) { return std::find(ids.begin(), ids.end(), one.id) != ids.end(); });
  for (const auto& project : gone)
    notes_.push_back(fmt::format("the project is gone, and what an interrupted command had for it with it: {}", project));
  return {};
}

Status Writing::BringOver(const std::vector<store::PendingWork>& work) {
  std::map<std::filesystem::path, std::vector<size_t>> by_staging;
  for (size_t i = 0; i < work.size(); ++i) by_staging[StagingOf(work[i])].push_back(i);
  std::vector<const store::PendingWork*> edited;
  uint64_t done = 0;
  for (const auto& [staging, indices] : by_staging) {
    std::vector<collection::Placement> placements;
    std::vector<uint64_t> ids;
    for (size_t index : indices) {
      const store::PendingWork& one = work[index];
      collection::Placement placement;
      placement.path = one.path;
      placement.single_file = one.artifact.empty() || IsFilePath(one.artifact, one.path);
      placement.expected_before = one.before;
      if (!one.after.zero()) {
        auto tree = collection::LoadTree(one.after, blobs());
        if (!tree.ok()) return tree.error();
        placement.tree = std::move(*tree);
      }
      placements.push_back(std::move(placement));
      ids.push_back(one.id);
    }
    auto outcomes = collection::Place(placements, blobs(), staging);
    if (!outcomes.ok()) {
      Error error = outcomes.error();
      const bool own = wrote() && std::any_of(indices.begin(), indices.end(), [&](size_t i) { return work[i].seq >= started_seq(); });
      if (own) {
        error.hint = "the log has it; the next command that writes brings the files over";
        return error;
      }
      // One project that cannot be written holds up nobody else.
      notes_.push_back(fmt::format("files of an interrupted command still wait to be brought over: {}", error.message));
      continue;
    }
    for (size_t i = 0; i < indices.size(); ++i) {
      if ((*outcomes)[i].placed == collection::Placed::kEdited) edited.push_back(&work[indices[i]]);
    }
    if (Status cleared = store_->log->ClearPending(ids); !cleared.ok()) return cleared;
    Report(context_, "placing files", done += indices.size(), work.size());
  }
  return CaptureEdited(edited);
}

Status Writing::CaptureEdited(const std::vector<const store::PendingWork*>& edited) {
  // States first: none may be loaded once events are gathered.
  for (const auto* one : edited) {
    if (!one->collection.empty()) {
      if (auto state = CollectionOrNew(one->collection); !state.ok()) return state.error();
    }
  }
  for (const auto* one : edited) {
    notes_.push_back(fmt::format("{} was edited meanwhile: the edit was kept", one->path));
    auto held = collections_.find(one->collection);
    if (held == collections_.end() || !held->second.exists()) continue;
    const projections::ArtifactState* artifact = held->second.Find(one->artifact);
    // A project's copy stays as it is, and the next drift check finds it.
    if (artifact == nullptr || reading_->DirectoryOf(held->second) / artifact->path != one->path) continue;
    if (Status captured = CaptureArtifact(*this, one->collection, one->artifact); !captured.ok()) return captured;
  }
  return Append();
}

// The record files of projects that a killed command did not come to.
Status Writing::FinishRecords() {
  for (const auto& name : behind_) {
    if (IsRecordsMark(name)) due_records_.insert(name);
  }
  for (const auto& project : due_records_) RETURN_IF_ERROR(Project(project));
  WriteRecordFiles();
  due_records_.clear();
  return {};
}

void Writing::WriteRecordFiles() {
  for (const auto& project : due_records_) {
    std::error_code ignored;
    Status written;
    if (std::filesystem::is_directory(project, ignored)) written = WriteRecords(projects_.at(project), *store_->log);
    // The log has the truth, and the next command writes the file again.
    if (written.ok()) written = store_->log->ClearManifestBehind(project);
    if (!written.ok()) notes_.push_back(fmt::format("the records of {} were not brought up to date: {}", project, written.error().message));
  }
}

}  // namespace skilltrail
