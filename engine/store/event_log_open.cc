#include <fmt/format.h>

#include <utility>

#include "engine/store/event_log_rep.h"
#include "engine/store/keys.h"

namespace skilltrail::store {
namespace {

constexpr const char* kWayOut = "restore the store from a backup, or skilltrail salvage --to DIR";

Error Corrupt(std::string message) {
  return {Code::kCorrupt, std::move(message), kWayOut};
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::Open(Database& database, const std::filesystem::path& dir, const Clock& clock,
                                                 LogOptions options) {
  std::optional<store::Anchor> anchor;
  if (options.anchor) {
    anchor = std::move(*options.anchor);
  } else {
    ASSIGN_OR_RETURN(anchor, ReadAnchor(dir));
  }
  auto rep = std::make_unique<Rep>(database, dir, clock);
  ASSIGN_OR_RETURN(const bool has_id, database.Has(Family::kMeta, kStoreIdKey));
  if (!has_id) {
    RETURN_IF_ERROR(rep->Initialise(anchor, options.block_events));
    ASSIGN_OR_RETURN(anchor, ReadAnchor(dir));
  }
  if (!anchor) return Corrupt(fmt::format("the store in {} has a database and no HEAD: one of them was removed", dir.string()));
  RETURN_IF_ERROR(rep->Load());
  RETURN_IF_ERROR(rep->CheckAnchor(*anchor));
  rep->anchored = anchor->seq;
  return std::unique_ptr<EventLog>(new EventLog(std::move(rep)));
}

// HEAD goes first: a crash between the two leaves a HEAD that promises nothing and a database that was never used, which this finishes.
Status EventLog::Rep::Initialise(const std::optional<store::Anchor>& anchor, uint32_t new_block_events) {
  CHECK(new_block_events >= 1 && new_block_events <= kMaxBlockEvents);
  if (anchor && anchor->seq != 0) {
    return Corrupt(fmt::format("HEAD of the store in {} promises {} events, and the database holds none", dir.string(), anchor->seq));
  }
  if (!database.writable()) {
    return Error{Code::kNotFound, fmt::format("no store at {}: its creation was cut short", dir.string()), "finish it: skilltrail init"};
  }
  const std::string id = anchor ? anchor->store_id : NewRunId(clock.Now()).text();
  if (!anchor) RETURN_IF_ERROR(WriteAnchor(dir, {id, 0, Digest{}}));
  std::string block_events_value;
  AppendU32(block_events_value, new_block_events);
  Batch batch;
  batch.Put(Family::kMeta, kStoreIdKey, id);
  batch.Put(Family::kMeta, kBlockEventsKey, block_events_value);
  batch.Put(Family::kMeta, kHeadKey, EncodeHead({}));
  RETURN_IF_ERROR(database.Commit(batch));
  // Out of the WAL, so that a lost WAL can never again make this store look like one that was not finished.
  return database.Flush();
}

Status EventLog::Rep::LoadMeta() {
  ASSIGN_OR_RETURN(auto values,
                   database.MultiGet(Family::kMeta, {std::string(kStoreIdKey), std::string(kBlockEventsKey), std::string(kHeadKey)}));
  const auto decoded = values[2] ? DecodeHead(*values[2]) : std::nullopt;
  if (!values[0] || !values[1] || values[1]->size() != sizeof(uint32_t) || !decoded) {
    return Corrupt(fmt::format("the store in {} lacks records that every store has", dir.string()));
  }
  store_id = std::move(*values[0]);
  block_events = ReadU32(values[1]->data());
  head = *decoded;
  if (block_events < 1 || block_events > kMaxBlockEvents) {
    return Corrupt(fmt::format("the store in {} says that its blocks hold {} events", dir.string(), block_events));
  }
  return {};
}

Status EventLog::Rep::LoadBlocks(LogHead& end) {
  Cursor cursor = database.Look(Family::kLog);
  cursor.SeekToLast();
  RETURN_IF_ERROR(cursor.status());
  if (cursor.valid()) {
    const Seq block = SeqAtEnd(cursor.key());
    if (block == 0 || BlockOf(block, block_events) != block) return Corrupt(fmt::format("the log is damaged: a block stands at {}", block));
    Segment last;
    RETURN_IF_ERROR(BlockWalk(database.Look(Family::kLog), block_events).Load(block, last));
    end = {last.last(), last.after(), last.logged_at(last.size() - 1)};
  }
  open.Start(end.seq + 1, end.hash);
  return {};
}

Status EventLog::Rep::LoadTail(LogHead& end) {
  Cursor cursor = database.Look(Family::kTail);
  Segment segment;
  for (cursor.Seek(SeqKey(end.seq + 1)); cursor.valid(); cursor.Next()) {
    const Seq first = SeqAtEnd(cursor.key());
    RETURN_IF_ERROR(segment.Parse(first, cursor.value()));
    if (first != end.seq + 1 || segment.before() != end.hash) {
      return Corrupt(fmt::format("the log has a gap: after event {} comes {}", end.seq, first));
    }
    if (open.events().size() + segment.size() >= block_events) {
      return Corrupt(fmt::format("the log is damaged: events from {} on stand in no block", open.events().first()));
    }
    open.Add(segment);
    tail.push_back(first);
    end = {segment.last(), segment.after(), segment.logged_at(segment.size() - 1)};
  }
  return cursor.status();
}

Status EventLog::Rep::Load() {
  RETURN_IF_ERROR(LoadMeta());
  LogHead end;
  RETURN_IF_ERROR(LoadBlocks(end));
  RETURN_IF_ERROR(LoadTail(end));
  if (end.seq != head.seq || end.hash != head.hash || end.logged_at != head.logged_at) {
    return Corrupt(fmt::format("the database in {} does not hold together: its head is {}, and its events end at {}", dir.string(),
                               head.seq, end.seq));
  }
  return {};
}

Status EventLog::Rep::CheckAnchor(const store::Anchor& anchor) const {
  if (anchor.store_id != store_id) {
    return Corrupt(fmt::format("HEAD in {} is of store {}, and the database of {}", dir.string(), anchor.store_id, store_id));
  }
  const LogHead now = Head();
  if (anchor.seq > now.seq) {
    return Corrupt(
        fmt::format("the database in {} was cut or rolled back: it ends at event {}, and HEAD says {}", dir.string(), now.seq, anchor.seq));
  }
  Digest hash;
  if (anchor.seq == now.seq) {
    hash = now.hash;
  } else if (anchor.seq != 0) {
    Segment block;
    if (anchor.seq < open.events().first()) {
      RETURN_IF_ERROR(BlockWalk(database.Look(Family::kLog), block_events).Load(BlockOf(anchor.seq, block_events), block));
    } else {
      block = open.events();
    }
    hash = block.before();
    for (size_t i = 0; i <= anchor.seq - block.first(); ++i) hash = ChainHash(hash, block.bytes(i));
  }
  if (hash != anchor.hash) {
    return Corrupt(
        fmt::format("the database in {} is not the one that HEAD was written for: event {} has another hash", dir.string(), anchor.seq));
  }
  return {};
}

}  // namespace skilltrail::store
