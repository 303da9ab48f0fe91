#include "engine/session/writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/collection/capture.h"
#include "engine/collection/materialise.h"
#include "engine/session/capture.h"
#include "engine/session/manifest_sync.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail {
namespace {

// Beside the artifact folders (skills/, commands/, ...), so on their file system, and hidden, so never taken for an artifact. A file that is
// nobody's own (settings.json) stands beside those folders itself.
std::filesystem::path StagingOf(const store::PendingWork& work) {
  const std::filesystem::path folder = std::filesystem::path(work.path).parent_path();
  return (work.artifact.empty() ? folder : folder.parent_path()) / ".skilltrail-staging";
}

}  // namespace

bool IsFilePath(std::string_view artifact, const std::filesystem::path& path) {
  auto id = ParseArtifactId(artifact);
  return id.ok() && IsSingleFile(id->type) && path.extension() == ".md";
}

struct Writing::Gathered {
  std::vector<std::vector<uint8_t>> events;
  std::vector<store::PendingWork> pending;
};

Writing::Writing(const Context& context, RunTicket* ticket)
    : context_(context), ticket_(ticket == nullptr ? &own_ticket_ : ticket), gathered_(std::make_unique<Gathered>()) {}

Writing::~Writing() = default;

Result<std::unique_ptr<Writing>> Writing::Open(const Context& context, RunTicket* ticket) {
  std::unique_ptr<Writing> writing(new Writing(context, ticket));
  if (writing->ticket_->id == RunId{}) writing->ticket_->id = NewRunId(writing->now());
  auto store = context.dry_run
                   ? store::Store::OpenReader(context.store, *context.clock)
                   : store::Store::OpenWriter(context.store, context.command, context.lock_timeout_ms, *context.clock, context.database);
  if (!store.ok()) return store.error();
  writing->store_ = std::move(*store);
  writing->reading_ = std::make_unique<Reading>(context, *writing->store_);
  if (!context.dry_run) {
    if (skilltrail::Status finished = writing->FinishPending(); !finished.ok()) return finished.error();
  }
  return writing;
}

store::BlobStore& Writing::blobs() {
  return *store_->blobs;
}

std::string Writing::run_text() const {
  return wrote() && !dry_run() ? ticket_->id.text() : std::string();
}

Result<projections::CollectionState*> Writing::Collection(std::string_view name) {
  const Moment head{store_->log->head(), 0, {}};
  if (auto held = collections_.find(name); !name.empty() && held != collections_.end() && held->second.exists()) return &held->second;
  auto info = reading_->Collection(name, head);
  if (!info.ok()) return info.error();
  return CollectionOrNew(info->name);
}

Result<projections::CollectionState*> Writing::CollectionOrNew(std::string_view name) {
  if (auto held = collections_.find(name); held != collections_.end()) return &held->second;
  CHECK(gathered_->events.empty());  // a state is loaded before events that it would miss are gathered
  auto state = reading_->states().CollectionAt(name, store_->log->head());
  if (!state.ok()) return state.error();
  return &collections_.insert_or_assign(std::string(name), std::move(*state)).first->second;
}

Result<projections::ProjectState*> Writing::Project(const std::filesystem::path& project) {
  const std::string key = project.string();
  if (auto held = projects_.find(key); held != projects_.end()) return &held->second;
  CHECK(gathered_->events.empty());
  auto state = reading_->states().ProjectAt(key, store_->log->head());
  if (!state.ok()) return state.error();
  return &projects_.insert_or_assign(key, std::move(*state)).first->second;
}

Result<collection::Version> Writing::Keep(const collection::Content& content) {
  if (!dry_run()) return collection::Keep(content, blobs());
  collection::Version version = collection::Describe(content);
  described_.insert_or_assign(version.tree_digest, version.tree);
  return version;
}

Result<collection::Tree> Writing::TreeOf(const Digest& digest) {
  if (auto known = described_.find(digest); known != described_.end()) return known->second;
  return collection::LoadTree(digest, blobs());
}

Seq Writing::Add(NewEvent event) {
  if (gathered_->events.empty() && !wrote()) {
    schema::RunStartedT started;
    started.actor = context_.actor;
    started.command = context_.command;
    started.message = context_.message;
    Gather(NewEvent{event.collection, {}, {}, std::move(started)});
  }
  return Gather(std::move(event));
}

Seq Writing::Gather(NewEvent event) {
  if (!event.collection.empty()) changed_.insert(event.collection);
  const Micros recorded_at = now();
  const Event whole{ticket_->id,
                    ticket_->next_ordinal++,
                    recorded_at,
                    std::move(event.collection),
                    std::move(event.artifact),
                    std::move(event.project),
                    std::move(event.payload)};
  gathered_->events.push_back(EncodeEvent(whole));
  const std::vector<uint8_t>& bytes = gathered_->events.back();
  // The lock is held, so nobody else appends: the sequence is known before the append.
  store::StoredEvent stored;
  stored.seq = store_->log->head() + gathered_->events.size();
  stored.logged_at = recorded_at;
  stored.bytes = bytes;
  stored.event = &ViewEvent(bytes);
  for (auto& [name, state] : collections_) {
    state.Apply(stored);
    if (stored.event->payload_type() == schema::Payload::RefreshCompleted) state.Settle();
  }
  for (auto& [path, state] : projects_) {
    if (path == whole.project) state.Apply(stored);
  }
  return stored.seq;
}

void Writing::AddFileWork(FileWork work) {
  CHECK(!gathered_->events.empty());
  store::PendingWork pending;
  pending.seq = gathered_->events.size() - 1;
  pending.path = work.path.string();
  pending.before = work.before;
  pending.after = work.after;
  pending.collection = std::move(work.collection);
  pending.artifact = std::move(work.artifact);
  gathered_->pending.push_back(std::move(pending));
}

bool Writing::gathered() const {
  return !gathered_->events.empty();
}

Status Writing::Append() {
  if (gathered_->events.empty() || dry_run()) return {};
  if (Status synced = blobs().Sync(); !synced.ok()) return synced;
  store::AppendRequest request;
  request.events = std::move(gathered_->events);
  request.pending = std::move(gathered_->pending);
  *gathered_ = {};
  auto appended = store_->log->Append(std::move(request));
  if (!appended.ok()) return appended.error();
  if (ticket_->started_seq == 0) ticket_->started_seq = appended->first;
  return {};
}

Status Writing::Commit() {
  if (dry_run()) return {};
  const bool files = !gathered_->pending.empty();
  if (Status appended = Append(); !appended.ok()) return appended;
  if (!files) return {};
  auto pending = store_->log->Pending();
  if (!pending.ok()) return pending.error();
  return BringOver(*pending);
}

Status Writing::FinishPending() {
  auto pending = store_->log->Pending();
  if (!pending.ok()) return pending.error();
  if (pending->empty()) return {};
  notes_.push_back(
      fmt::format("finished the file work of an interrupted command: {} path{}", pending->size(), pending->size() == 1 ? "" : "s"));
  return BringOver(*pending);
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
      error.hint = "the log has it; the next command that writes brings the files over";
      return error;
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

Status Writing::Finish(schema::RunStatus status, std::string answer) {
  if (!wrote() && gathered_->events.empty()) return {};
  if (dry_run()) return {};
  if (!gathered_->pending.empty()) {
    if (Status committed = Commit(); !committed.ok()) {
      std::ignore = store_->log->Anchor();  // the error that is returned says more
      return committed;
    }
  }
  schema::RunCompletedT completed;
  completed.status = status;
  completed.answer = std::move(answer);
  Gather(NewEvent{changed_.empty() ? std::string() : *changed_.begin(), {}, {}, std::move(completed)});
  if (Status appended = Append(); !appended.ok()) return appended;
  WriteManifests();
  if (Status anchored = store_->log->Anchor(); !anchored.ok()) return anchored;
  for (const auto& name : changed_) {
    // A checkpoint only makes the next read faster.
    std::ignore = projections::CheckpointIfDue(*store_->log, *store_->cache, name);
  }
  return {};
}

void Writing::WriteManifests() {
  for (const auto& name : changed_) {
    auto held = collections_.find(name);
    if (held == collections_.end() || !held->second.exists()) continue;
    Status written = SyncManifest(*store_->cache, reading_->DirectoryOf(held->second), held->second, now());
    // The log has the truth, and the next command writes the files again.
    if (!written.ok()) notes_.push_back(fmt::format("collection.toml was not brought up to date: {}", written.error().message));
  }
}

}  // namespace skilltrail
