#include "engine/store/event_log.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "engine/store/event_log_rep.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

Result<PendingWork> DecodePending(std::string_view key, std::string_view value) {
  ByteReader reader(value);
  PendingWork work;
  work.id = SeqAtEnd(key);
  work.seq = reader.U64();
  work.path = reader.Text();
  work.before = reader.ReadDigest();
  work.after = reader.ReadDigest();
  work.collection = reader.Text();
  work.artifact = reader.Text();
  if (!reader.AtEnd()) return Error{Code::kCorrupt, fmt::format("the record of pending file work {} is damaged", work.id), ""};
  return work;
}

}  // namespace

StreamKey ArtifactStream(std::string_view collection, std::string_view artifact) {
  StreamKey stream{StreamKind::kArtifact, {}};
  ArtifactKey(stream.key, collection, artifact);
  return stream;
}

StreamKey ProjectStream(std::string_view project) {
  return {StreamKind::kProject, std::string(project)};
}

StreamKey RunStream(const RunId& run) {
  return {StreamKind::kRun, std::string(run.bytes.begin(), run.bytes.end())};
}

StreamKey TypeStream(schema::Payload type) {
  return {StreamKind::kType, std::string(1, static_cast<char>(type))};
}

StreamKey CollectionStream(std::string_view collection) {
  return {StreamKind::kCollection, std::string(collection)};
}

StreamKey TagStream(std::string_view tag) {
  return {StreamKind::kTag, std::string(tag)};
}

StreamKey IdempotencyStream(std::string_view key) {
  return {StreamKind::kIdempotency, std::string(key)};
}

EventLog::EventLog(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
EventLog::~EventLog() = default;

LogHead EventLog::Rep::Head() const {
  const std::lock_guard lock(mutex);
  return head;
}

Seq EventLog::head() const {
  return rep_->Head().seq;
}

Digest EventLog::head_hash() const {
  return rep_->Head().hash;
}

Micros EventLog::head_logged_at() const {
  return rep_->Head().logged_at;
}

const std::string& EventLog::store_id() const {
  return rep_->store_id;
}

Status EventLog::Anchor() {
  const std::lock_guard lock(rep_->anchor_mutex);
  const LogHead head = rep_->Head();
  if (rep_->anchored == head.seq) return {};
  RETURN_IF_ERROR(WriteAnchor(rep_->dir, {rep_->store_id, head.seq, head.hash}));
  rep_->anchored = head.seq;
  return {};
}

Result<Seq> EventLog::LastOf(const StreamKey& stream, Seq through) const {
  std::string prefix;
  IndexPrefix(prefix, static_cast<uint8_t>(stream.kind), stream.key);
  Seq sealed_through = 0;
  {
    const std::lock_guard lock(rep_->mutex);
    if (const Seq seq = rep_->open.LastOf(prefix, through); seq != 0) return seq;
    sealed_through = rep_->open.events().first() - 1;
  }
  return StreamIndex(rep_->database, rep_->block_events).LastOf(prefix, std::min(through, sealed_through));
}

Result<std::vector<std::string>> EventLog::StreamKeys(StreamKind kind) const {
  std::set<std::string> keys;
  {
    const std::lock_guard lock(rep_->mutex);
    const auto& index = rep_->open.index();
    const char first = static_cast<char>(kind);
    for (auto entry = index.lower_bound(std::string_view(&first, 1)); entry != index.end() && entry->first.front() == first; ++entry) {
      keys.emplace(StreamOfIndexKey(entry->first));
    }
  }
  RETURN_IF_ERROR(StreamIndex(rep_->database, rep_->block_events).AddKeys(kind, keys));
  return std::vector<std::string>(keys.begin(), keys.end());
}

Result<std::vector<PendingWork>> EventLog::Pending() const {
  std::vector<PendingWork> pending;
  Cursor cursor = rep_->database.Look(Family::kMeta);
  for (cursor.Seek(kPendingPrefix); cursor.valid() && cursor.key().starts_with(kPendingPrefix); cursor.Next()) {
    ASSIGN_OR_RETURN(auto work, DecodePending(cursor.key(), cursor.value()));
    pending.push_back(std::move(work));
  }
  RETURN_IF_ERROR(cursor.status());
  return pending;
}

Result<std::vector<std::string>> EventLog::ManifestsBehind() const {
  std::vector<std::string> behind;
  Cursor cursor = rep_->database.Look(Family::kMeta);
  for (cursor.Seek(kManifestPrefix); cursor.valid() && cursor.key().starts_with(kManifestPrefix); cursor.Next())
    behind.emplace_back(cursor.key().substr(kManifestPrefix.size()));
  RETURN_IF_ERROR(cursor.status());
  return behind;
}

Status EventLog::ClearManifestBehind(std::string_view collection) {
  Batch batch;
  batch.Delete(Family::kMeta, ManifestKey(collection));
  return rep_->database.CommitRelaxed(batch);
}

Status EventLog::ClearPending(const std::vector<uint64_t>& ids) {
  if (ids.empty()) return {};
  Batch batch;
  for (const uint64_t id : ids) batch.Delete(Family::kMeta, PendingKey(id));
  return rep_->database.Commit(batch);
}

}  // namespace skilltrail::store
