// ArchiveFormat: what stands in an archive of a collection. Inner to this room.
//
//   NAME/.skilltrail/manifest.json   first: what all else is, see Manifest
//   NAME/.skilltrail/events          "skilltrail-events 1\n", then for each event its size as a big-endian u32 and its bytes
//   NAME/.skilltrail/state.ndjson    what the events amount to, folded with sequences from 1: one artifact, one refresh a line
//   NAME/collection.toml, NAME/collection.lock
//   NAME/skills/…, NAME/commands/…   the files, as a plain collection has them
//   NAME/.skilltrail/content/HEX     all other content that the events name, by its SHA-256
//
// Only regular files, in this order, the last two groups sorted. It is laid out as SkillMeat lays out its own archives, which it unpacks
// beside the collection it restores.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/projections/collection_state.h"
#include "events/digest.h"
#include "events/result.h"
#include "events/time.h"

namespace skilltrail::snapshot {

inline constexpr std::string_view kInner = ".skilltrail/";
inline constexpr std::string_view kManifestPath = ".skilltrail/manifest.json";
inline constexpr std::string_view kEventsPath = ".skilltrail/events";
inline constexpr std::string_view kStatePath = ".skilltrail/state.ndjson";
inline constexpr std::string_view kContentPrefix = ".skilltrail/content/";
inline constexpr std::string_view kEventsHead = "skilltrail-events 1\n";
inline constexpr size_t kMaxManifestBytes = 256u << 20;

struct ArchiveMember {
  std::string path;  // below NAME/
  bool executable = false;
  uint64_t size = 0;
  Digest digest;  // SHA-256 of its bytes
};

// JSON: {"format": "skilltrail-archive", "version": 1, "schema": {"event_types", "state"}, "collection", "snapshot": {"id", "name",
// "message", "timestamp"}, "counts": {"events", "artifacts", "members", "bytes"}, "events_digest", "members": [{"path", "mode", "size",
// "sha256"}]}
struct Manifest {
  uint32_t event_types = 0;   // that the writer knew
  uint32_t state_format = 0;  // of state.ndjson; raised when the same events give another text
  std::string collection;
  std::string snapshot_id, snapshot_name, snapshot_message;
  Micros snapshot_at = 0;
  uint64_t events = 0;
  uint64_t artifacts = 0;
  Digest events_digest;                // ChainHash over the events, from zero
  std::vector<ArchiveMember> members;  // all but the manifest itself, in the archive's order

  uint64_t bytes() const;
  std::string Encode() const;
};
// kCorrupt if it is none, or one of a newer program. Names, paths and counts have been looked at.
Result<Manifest> DecodeManifest(std::string_view json);

uint32_t KnownEventTypes();
uint32_t StateFormat();

// A frame of the member "events".
std::string EventFrameHead(size_t bytes);

// state.ndjson.
std::string EncodeState(const projections::CollectionState& state);

}  // namespace skilltrail::snapshot
