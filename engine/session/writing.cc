#include "engine/session/writing.h"

#include <fmt/format.h>

#include <set>

#include "engine/collection/capture.h"
#include "engine/session/capture.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail {
namespace {

// A larger collection's manifest is composed once the events are out of memory, by the thread that held them.
constexpr size_t kComposedMeanwhile = 4'000;

}  // namespace

bool IsFilePath(std::string_view artifact, const std::filesystem::path& path) {
  auto id = ParseArtifactId(artifact);
  return id.ok() && IsSingleFile(id->type) && path.extension() == ".md";
}

struct Writing::Gathered {
  Seq run_started = 0;    // of the run's RunStarted, if it is among the events
  bool appended = false;  // something was, by this command
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
  if (skilltrail::Status expected = writing->CheckRequest(); !expected.ok()) return expected.error();
  if (!context.dry_run) {
    if (skilltrail::Status finished = writing->FinishPending(); !finished.ok()) return finished.error();
    ASSIGN_OR_RETURN(const auto behind, writing->store_->log->ManifestsBehind());
    writing->behind_.insert(behind.begin(), behind.end());
    if (skilltrail::Status recorded = writing->FinishRecords(); !recorded.ok()) return recorded.error();
  }
  return writing;
}

// The lock is held until the end, so what holds now holds at the append too.
Status Writing::CheckRequest() const {
  if (wrote()) return {};  // a run that goes on has moved the head itself
  const Seq head = store_->log->head();
  if (context_.expected_head && head != *context_.expected_head) {
    return Error{Code::kConflict, fmt::format("the log ends at event {}, not at {}", head, *context_.expected_head),
                 "look at what has happened since, and decide again"};
  }
  if (!context_.idempotency) return {};
  ASSIGN_OR_RETURN(const Seq prior, store_->log->LastOf(store::IdempotencyStream(context_.idempotency->key)));
  if (prior == 0) return {};
  return Error{Code::kConflict, fmt::format("a request with this key was done by the run that began at event {}", prior),
               "its answer stands in that run"};
}

// The key goes to the run that is under way now: one that was ended before holds edits that were found on the way.
void Writing::StampKey() {
  if (!context_.idempotency || wrote() || run_events() == 0) return;
  auto& bytes = gathered_->events[gathered_->run_started - store_->log->head() - 1];
  auto event = DecodeEvent(bytes);
  CHECK(event.ok());
  auto& started = std::get<schema::RunStartedT>(event->payload);
  started.idempotency_key = context_.idempotency->key;
  started.body_digest = context_.idempotency->body.vector();
  bytes = EncodeEvent(*event);
}

store::BlobStore& Writing::blobs() {
  return *store_->blobs;
}

store::CacheStore& Writing::cache() {
  return *store_->cache;
}

Seq Writing::next_seq() const {
  return store_->log->head() + gathered_->events.size() + 1;
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

Result<projections::CollectionState> Writing::StateAtHead(std::string_view name) {
  const Seq head = store_->log->head();
  const auto prepared = prepared_.find(name);
  if (prepared == prepared_.end() || !prepared->second.state || prepared->second.state->seq() > head) {
    return reading_->states().CollectionAt(name, head);
  }
  projections::CollectionState state = std::move(*std::exchange(prepared->second.state, std::nullopt));
  if (Status forward = reading_->states().Forward(state, head); !forward.ok()) return forward.error();
  return state;
}

Result<projections::CollectionState*> Writing::CollectionOrNew(std::string_view name) {
  if (auto held = collections_.find(name); held != collections_.end()) return &held->second;
  CHECK(gathered_->events.empty());  // a state is loaded before events that it would miss are gathered
  auto state = StateAtHead(name);
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
  if (run_collection_.empty()) run_collection_ = event.collection;
  if (run_events() == 0) {
    schema::RunStartedT started;
    started.actor = context_.actor;
    started.command = context_.command;
    started.message = context_.message;
    gathered_->run_started = Gather(NewEvent{event.collection, {}, {}, std::move(started)});
  }
  return Gather(std::move(event));
}

void Writing::ManifestTakenIn(const std::string& collection) {
  if (behind_.contains(collection)) Restate(collection);
}

void Writing::EndRun() {
  if (run_events() == 0) return;
  schema::RunCompletedT completed;
  completed.status = schema::RunStatus::completed;
  Gather(NewEvent{run_collection_, {}, {}, std::move(completed)});
  run_collection_.clear();
  *ticket_ = {};
  ticket_->id = NewRunId(now());
}

Seq Writing::Gather(NewEvent event) {
  if (!event.collection.empty()) {
    changed_.insert(event.collection);
    const bool made = std::holds_alternative<schema::CollectionCreatedT>(event.payload) ||
                      std::holds_alternative<schema::CollectionImportedT>(event.payload);
    if (made || !event.artifact.empty()) Restate(event.collection);
  }
  const Micros recorded_at = now();
  const Event whole{ticket_->id,
                    ticket_->next_ordinal++,
                    recorded_at,
                    std::move(event.collection),
                    std::move(event.artifact),
                    std::move(event.project),
                    std::move(event.payload)};
  const Seq seq = Fold(EncodeEvent(whole), recorded_at);
  if (std::holds_alternative<schema::RefreshCompletedT>(whole.payload)) {
    for (auto& [name, state] : collections_) state.Settle();
  }
  return seq;
}

Seq Writing::AddForeign(std::vector<uint8_t> bytes) {
  return Fold(std::move(bytes), now());
}

Seq Writing::Fold(std::vector<uint8_t> encoded, Micros logged_at) {
  gathered_->events.push_back(std::move(encoded));
  const std::vector<uint8_t>& bytes = gathered_->events.back();
  // The lock is held, so nobody else appends: the sequence is known before the append.
  store::StoredEvent stored;
  stored.seq = next_seq() - 1;
  stored.logged_at = logged_at;
  stored.bytes = bytes;
  stored.event = &ViewEvent(bytes);
  for (auto& [name, state] : collections_) state.Apply(stored);
  for (auto& [path, state] : projects_) {
    if (path == View(stored.event->project())) state.Apply(stored);
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
  StampKey();
  store::AppendRequest request;
  request.events = std::move(gathered_->events);
  request.pending = std::move(gathered_->pending);
  for (const auto& due : due_) request.manifests.push_back(due.first);
  request.manifests.insert(request.manifests.end(), due_records_.begin(), due_records_.end());
  const Seq run_started = gathered_->run_started;
  *gathered_ = {};
  if (auto appended = store_->log->Append(std::move(request)); !appended.ok()) return appended.error();
  gathered_->appended = true;
  if (ticket_->started_seq == 0 && run_events() > 0) ticket_->started_seq = run_started;
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

Status Writing::Finish(schema::RunStatus status, std::string answer) {
  if (dry_run()) return {};
  if (!gathered_->appended && gathered_->events.empty() && due_.empty()) {
    WriteRecordFiles();
    return {};
  }
  if (!gathered_->pending.empty()) {
    if (Status committed = Commit(); !committed.ok()) {
      std::ignore = store_->log->Anchor();  // the error that is returned says more
      return committed;
    }
  }
  if (run_events() > 0) {
    schema::RunCompletedT completed;
    completed.status = status;
    completed.answer = std::move(answer);
    Gather(NewEvent{run_collection_, {}, {}, std::move(completed)});
  }
  ComposeManifests();  // no event comes any more, and the append waits for the disk
  if (Status appended = Append(); !appended.ok()) return appended;
  return Settle();
}

Status Writing::Pause() {
  if (Status committed = Commit(); !committed.ok()) {
    std::ignore = store_->log->Anchor();  // the error that is returned says more
    return committed;
  }
  return dry_run() ? Status() : Settle();
}

// What follows once the events are durable.
Status Writing::Settle() {
  WriteManifests();
  WriteRecordFiles();
  if (Status anchored = store_->log->Anchor(); !anchored.ok()) return anchored;
  for (const auto& name : changed_) {
    // A checkpoint only makes the next read faster.
    std::ignore = projections::CheckpointIfDue(*store_->log, *store_->cache, name);
  }
  return {};
}

void Writing::Restate(const std::string& collection) {
  const auto [due, is_new] = due_.try_emplace(collection);
  due->second.Renew();
  const auto held = collections_.find(collection);
  if (!is_new || dry_run() || held == collections_.end() || !held->second.exists()) return;
  if (const auto prepared = prepared_.find(collection); prepared != prepared_.end() && prepared->second.manifest.valid()) {
    due->second.Take(std::move(prepared->second.manifest));
  } else {
    due->second.Read(reading_->DirectoryOf(held->second));
  }
}

void Writing::ComposeManifests() {
  if (dry_run()) return;
  for (auto& [name, manifest] : due_) {
    const auto held = collections_.find(name);
    if (held == collections_.end() || !held->second.exists() || held->second.size() > kComposedMeanwhile) continue;
    manifest.Compose(*store_->cache, reading_->DirectoryOf(held->second), held->second, now());
  }
}

void Writing::WriteManifests() {
  for (auto& [name, manifest] : due_) {
    const auto held = collections_.find(name);
    if (held == collections_.end()) continue;
    Status written;
    if (held->second.exists()) written = manifest.Write(*store_->cache, reading_->DirectoryOf(held->second), held->second, now());
    // The log has the truth, and the next command writes the files again.
    if (written.ok()) written = store_->log->ClearManifestBehind(name);
    if (!written.ok()) notes_.push_back(fmt::format("collection.toml was not brought up to date: {}", written.error().message));
  }
}

}  // namespace skilltrail
