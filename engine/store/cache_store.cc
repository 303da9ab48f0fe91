#include "engine/store/cache_store.h"

#include "engine/store/keys.h"

namespace skilltrail::store {

Result<std::optional<std::string>> CacheStore::Get(std::string_view kind, std::string_view key) const {
  return database_.Get(Family::kCache, CacheKey(kind, key));
}

Status CacheStore::Put(std::string_view kind, std::string_view key, std::string_view value) {
  Batch batch;
  batch.Put(Family::kCache, CacheKey(kind, key), value);
  return database_.CommitRelaxed(batch);
}

Status CacheStore::DropIf(std::string_view kind, const std::function<bool(std::string_view value)>& drop) {
  const std::string prefix = CacheKey(kind, {});
  Batch batch;
  {
    Cursor cursor = database_.Look(Family::kCache);
    for (cursor.Seek(prefix); cursor.valid() && cursor.key().starts_with(prefix); cursor.Next())
      if (drop(cursor.value())) batch.Delete(Family::kCache, cursor.key());
    RETURN_IF_ERROR(cursor.status());
  }
  return database_.CommitRelaxed(batch);
}

Result<std::optional<CacheStore::Checkpoint>> CacheStore::LatestCheckpoint(std::string_view projection, std::string_view subject,
                                                                           Seq through) const {
  const std::string prefix = CheckpointPrefix(projection, subject);
  Cursor cursor = database_.Look(Family::kCheckpoints);
  cursor.SeekForPrev(CheckpointKey(projection, subject, through));
  if (!cursor.valid()) {
    RETURN_IF_ERROR(cursor.status());
    return std::optional<Checkpoint>();
  }
  const std::string_view key = cursor.key();
  if (key.size() != prefix.size() + sizeof(Seq) || !key.starts_with(prefix)) return std::optional<Checkpoint>();
  return std::optional(Checkpoint{SeqAtEnd(key), std::string(cursor.value())});
}

Status CacheStore::PutCheckpoint(std::string_view projection, std::string_view subject, Seq seq, std::string_view bytes) {
  Batch batch;
  batch.Put(Family::kCheckpoints, CheckpointKey(projection, subject, seq), bytes);
  return database_.CommitRelaxed(batch);
}

Result<std::vector<CacheStore::CheckpointEntry>> CacheStore::Checkpoints() const {
  std::vector<CheckpointEntry> out;
  Cursor cursor = database_.Scan(Family::kCheckpoints);
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    ByteReader reader(cursor.key());
    CheckpointEntry entry;
    entry.projection = reader.Text();
    entry.subject = reader.Text();
    entry.seq = reader.U64();
    entry.size = cursor.value().size();
    if (reader.AtEnd()) out.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(cursor.status());
  return out;
}

Result<std::optional<std::string>> CacheStore::GetCheckpoint(std::string_view projection, std::string_view subject, Seq seq) const {
  return database_.Get(Family::kCheckpoints, CheckpointKey(projection, subject, seq));
}

Status CacheStore::DropCheckpoint(std::string_view projection, std::string_view subject, Seq seq) {
  Batch batch;
  batch.Delete(Family::kCheckpoints, CheckpointKey(projection, subject, seq));
  return database_.CommitRelaxed(batch);
}

Status CacheStore::Drop(std::string_view kind) {
  const std::string prefix = CacheKey(kind, {});
  Batch batch;
  Cursor cursor = database_.Look(Family::kCache);
  for (cursor.Seek(prefix); cursor.valid() && cursor.key().starts_with(prefix); cursor.Next()) batch.Delete(Family::kCache, cursor.key());
  RETURN_IF_ERROR(cursor.status());
  return batch.empty() ? Status() : database_.CommitRelaxed(batch);
}

Result<std::vector<CacheStore::KindSize>> CacheStore::Kinds() const {
  std::vector<KindSize> out;
  Cursor cursor = database_.Scan(Family::kCache);
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    const std::string_view kind = ByteReader(cursor.key()).Text();
    if (out.empty() || out.back().kind != kind) out.push_back({std::string(kind), 0, 0});
    ++out.back().entries;
    out.back().bytes += cursor.key().size() + cursor.value().size();
  }
  RETURN_IF_ERROR(cursor.status());
  return out;
}

}  // namespace skilltrail::store
