#include "engine/store/append_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/store/block_walk.h"
#include "engine/store/keys.h"
#include "events/check.h"
#include "events/name.h"

namespace skilltrail::store {
namespace {

constexpr Micros kMaxClockBehind = Micros{5} * 60 * 1'000'000;

// An id orders the work and is never given twice: the event's sequence, then the place among the work of one append.
constexpr unsigned kPendingPlaceBits = 20;

std::string StreamText(const StreamKey& stream) {
  switch (stream.kind) {
    case StreamKind::kArtifact: {
      ByteReader reader(stream.key);
      const std::string_view collection = reader.Text();
      return fmt::format("artifact {} of {}", Quote(std::string_view(stream.key).substr(sizeof(uint32_t) + collection.size())),
                         Quote(collection));
    }
    case StreamKind::kProject:
      return "project " + Quote(stream.key);
    case StreamKind::kRun:
      return "run " + Hex({reinterpret_cast<const uint8_t*>(stream.key.data()), stream.key.size()});
    case StreamKind::kType:
      return "type " + EventTypeName(static_cast<schema::Payload>(stream.key.empty() ? 0 : stream.key.front()));
    case StreamKind::kCollection:
      return "collection " + Quote(stream.key);
    case StreamKind::kTag:
      return "tag " + Quote(stream.key);
    case StreamKind::kIdempotency:
      return "idempotency key " + Quote(stream.key);
  }
  return "stream";
}

std::string PrefixOf(const StreamKey& stream) {
  std::string prefix;
  IndexPrefix(prefix, static_cast<uint8_t>(stream.kind), stream.key);
  return prefix;
}

}  // namespace

std::string EncodeHead(const LogHead& head) {
  std::string value;
  AppendU64(value, head.seq);
  AppendDigest(value, head.hash);
  AppendU64(value, static_cast<uint64_t>(head.logged_at));
  return value;
}

std::optional<LogHead> DecodeHead(std::string_view value) {
  ByteReader reader(value);
  LogHead head;
  head.seq = reader.U64();
  head.hash = reader.ReadDigest();
  head.logged_at = static_cast<Micros>(reader.U64());
  return reader.AtEnd() ? std::optional(head) : std::nullopt;
}

AppendDraft::AppendDraft(const Database& database, uint32_t block_events, OpenBlock open, LogHead head, std::vector<Seq> tail,
                         size_t requests)
    : database_(database),
      index_(database, block_events),
      block_events_(block_events),
      open_(std::move(open)),
      head_(head),
      head_before_(head),
      tail_(std::move(tail)),
      indexed_through_(open_.events().first() - 1),
      requests_(requests),
      kept_(open_.events().size()) {}

Result<Seq> AppendDraft::LastOf(std::string_view prefix) const {
  if (const Seq seq = open_.LastOf(prefix, UINT64_MAX); seq != 0) return seq;
  if (const auto sealed = sealed_.find(prefix); sealed != sealed_.end()) return sealed->second;
  return index_.LastOf(prefix, indexed_through_);
}

Status AppendDraft::CheckExpectations(const std::vector<Expectation>& expectations) const {
  for (const Expectation& expectation : expectations) {
    ASSIGN_OR_RETURN(const Seq last, LastOf(PrefixOf(expectation.stream)));
    if (last == expectation.last_seq) continue;
    return Error{Code::kConflict,
                 fmt::format("{} has changed: its last event is {}, and {} was expected", StreamText(expectation.stream), last,
                             expectation.last_seq),
                 "look at it again and repeat the command"};
  }
  return {};
}

Result<std::optional<Digest>> AppendDraft::BodyDigestAt(Seq seq) const {
  const auto body_of = [](const Segment& segment, Seq at) -> std::optional<Digest> {
    const auto* started = ViewEvent(segment.bytes(static_cast<size_t>(at - segment.first()))).payload_as_RunStarted();
    return started == nullptr ? std::nullopt : std::optional(DigestOf(started->body_digest()));
  };
  if (seq >= open_.events().first()) return body_of(open_.events(), seq);
  if (seq > indexed_through_) return std::optional<Digest>();
  Segment block;
  RETURN_IF_ERROR(BlockWalk(database_.Look(Family::kLog), block_events_).Load(BlockOf(seq, block_events_), block));
  return body_of(block, seq);
}

Status AppendDraft::CheckIdempotency(const AppendRequest& request) const {
  if (!request.idempotency_body) return {};
  const auto* started = ViewEvent(request.events.front()).payload_as_RunStarted();
  CHECK(started != nullptr && !View(started->idempotency_key()).empty());
  const std::string_view key = View(started->idempotency_key());
  ASSIGN_OR_RETURN(const Seq last, LastOf(PrefixOf(IdempotencyStream(key))));
  if (last == 0) return {};
  ASSIGN_OR_RETURN(const auto body, BodyDigestAt(last));
  if (body && *body == *request.idempotency_body) {
    return Error{Code::kConflict, fmt::format("the request with idempotency key {} was done by the run that began at {}", Quote(key), last),
                 "its answer stands in that run"};
  }
  return Error{Code::kConflict, fmt::format("idempotency key {} was used with another body by the run that began at {}", Quote(key), last),
               "take a new key for a new request"};
}

Result<Appended> AppendDraft::Add(const AppendRequest& request, Micros now) {
  if (head_.logged_at - now > kMaxClockBehind) {
    return Error{
        Code::kFailed,
        fmt::format("the clock is wrong: it says {}, and the last event was logged at {}", FormatTime(now), FormatTime(head_.logged_at)),
        "set the clock; if it is right now and was ahead before, writing goes on when that time has passed"};
  }
  RETURN_IF_ERROR(CheckExpectations(request.expect));
  RETURN_IF_ERROR(CheckIdempotency(request));
  RETURN_IF_ERROR(CheckTimes(request.logged_at, now));

  Appended appended;
  appended.first = head_.seq + 1;
  appended.logged_at = std::max(now, head_.logged_at);
  for (size_t i = 0; i < request.events.size(); ++i) {
    if (!request.logged_at.empty()) appended.logged_at = request.logged_at[i];
    AddEvent(request.events[i], appended.logged_at);
  }
  AddPending(request.pending, appended.first);
  for (const auto& collection : request.manifests) batch_.Put(Family::kMeta, ManifestKey(collection), {});
  appended.last = head_.seq;
  return appended;
}

Status AppendDraft::CheckTimes(const std::vector<Micros>& times, Micros now) const {
  Micros last = head_.logged_at;
  for (const Micros time : times) {
    if (time < last || time - now > kMaxClockBehind) {
      return Error{Code::kConflict,
                   fmt::format("an event cannot be logged at {}: the one before it was at {}, and now it is {}", FormatTime(time),
                               FormatTime(last), FormatTime(now)),
                   ""};
    }
    last = time;
  }
  return {};
}

void AppendDraft::AddEvent(const std::vector<uint8_t>& bytes, Micros logged_at) {
  head_ = {head_.seq + 1, ChainHash(head_.hash, bytes), logged_at};
  open_.Add(bytes, logged_at, head_.hash);
  if (open_.events().size() == block_events_) Seal();
}

void AppendDraft::AddPending(const std::vector<PendingWork>& pending, Seq first) {
  uint64_t place = 0;
  for (const PendingWork& work : pending) {
    CHECK(place < uint64_t{1} << kPendingPlaceBits);
    std::string value;
    AppendU64(value, first + work.seq);
    AppendText(value, work.path);
    AppendDigest(value, work.before);
    AppendDigest(value, work.after);
    AppendText(value, work.collection);
    AppendText(value, work.artifact);
    batch_.Put(Family::kMeta, PendingKey(first << kPendingPlaceBits | place++), value);
  }
}

void AppendDraft::Seal() {
  const Segment& events = open_.events();
  batch_.Put(Family::kLog, SeqKey(events.first()), events.Encode());
  for (const auto& [prefix, set] : open_.index()) {
    batch_.Put(Family::kIndex, IndexKey(prefix, events.first()), set.Encode());
    if (requests_ > 1) sealed_.insert_or_assign(prefix, events.first() + *set.Previous(block_events_));
  }
  for (const Seq key : std::exchange(tail_, {})) batch_.Delete(Family::kTail, SeqKey(key));
  kept_ = 0;
  open_.Start(head_.seq + 1, head_.hash);
}

Batch& AppendDraft::Finish() {
  const Segment& events = open_.events();
  if (events.size() > kept_) {
    // Without a sealing, what is new begins where the head was; after one, where the open block begins.
    const Digest& before = kept_ == 0 ? events.before() : head_before_.hash;
    tail_.push_back(events.first() + kept_);
    batch_.Put(Family::kTail, SeqKey(tail_.back()), events.Encode(kept_, before));
  }
  batch_.Put(Family::kMeta, kHeadKey, EncodeHead(head_));
  return batch_;
}

}  // namespace skilltrail::store
