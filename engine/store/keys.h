// Keys: what is written where, byte for byte. Nothing else in the program builds or reads a key.
//
//   u8 u32 u64 i64   big-endian, so that bytes sort as numbers do
//   text             u32 length, then the bytes
//   digest           32 bytes
//
//   family       key                                      value
//   meta         "format_version"                         u32; a program refuses a newer one than kFormatVersion
//                "block_events"                           u32; how many events a sealed block holds, chosen when the store is created
//                "store_id"                               UUID, 36 characters
//                "head"                                   u64 seq, digest hash, i64 logged_at of the last event
//                "pending/" u64 id                        u64 seq, text path, digest before, digest after, text collection, text artifact
//                "manifest/" collection                   nothing; its manifest is behind its events
//   tail         u64 seq of the first event               segment: what one commit appended and no block holds yet
//   log          u64 seq of the first event               segment of exactly block_events events; that seq is 1 modulo block_events
//   index        u8 kind, text key, u64 first seq         event set: which events of the block that begins at that seq are in the stream
//   blobs        digest                                   the content that has this SHA-256
//   checkpoints  text projection, text subject, u64 seq   state at that seq
//   cache        text kind, rest of the key               bytes
//
//   segment   := u32 events, u32 appends, digest before, digest after,
//                appends x (u32 index of its first event here, i64 logged_at), events x u32 size, events x (bytes, zeros up to 8)
//   event set := bit i of byte i / 8 stands for event i of the block; zero bytes at the end are left away
//
// Stream keys (event_log.h) by kind: artifact = text collection, rest artifact id; run = 16 bytes; type = u8 of the payload union; project,
// collection, tag, idempotency = the text itself. Numbers of kinds and the two formats above are part of the format version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/store/database.h"
#include "events/digest.h"
#include "events/id.h"

namespace skilltrail::store {

inline constexpr uint32_t kFormatVersion = 1;

inline constexpr std::string_view kFormatVersionKey = "format_version";
inline constexpr std::string_view kBlockEventsKey = "block_events";
inline constexpr std::string_view kStoreIdKey = "store_id";
inline constexpr std::string_view kHeadKey = "head";
inline constexpr std::string_view kPendingPrefix = "pending/";
inline constexpr std::string_view kManifestPrefix = "manifest/";

void AppendU32(std::string& out, uint32_t value);
void AppendU64(std::string& out, uint64_t value);
void AppendText(std::string& out, std::string_view text);
void AppendDigest(std::string& out, const Digest& digest);

// The bytes must be there.
uint32_t ReadU32(const char* bytes);
uint64_t ReadU64(const char* bytes);

// Reads values of a key or record one after another. A read past the end gives zeros and makes ok() false for good.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  uint32_t U32();
  uint64_t U64();
  Digest ReadDigest();
  std::string_view Text();
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Take(size_t size);
  std::string_view rest_;
  bool ok_ = true;
};

// Keys of `tail` and `log`, and the sequence at the end of a key of any family that has one there.
std::string SeqKey(Seq seq);
Seq SeqAtEnd(std::string_view key);

// The part of an index key that names the stream, into `out`, which is overwritten; then the key of one block of it.
void IndexPrefix(std::string& out, uint8_t kind, std::string_view key);
std::string IndexKey(std::string_view prefix, Seq block);
// The stream's key, out of an index key or prefix; nothing else of it is looked at. Empty if it is too short to hold one.
std::string_view StreamOfIndexKey(std::string_view key);

std::string PendingKey(uint64_t id);
std::string ManifestKey(std::string_view collection);
std::string BlobKey(const Digest& digest);
std::string CheckpointPrefix(std::string_view projection, std::string_view subject);
std::string CheckpointKey(std::string_view projection, std::string_view subject, Seq seq);
std::string CacheKey(std::string_view kind, std::string_view key);

}  // namespace skilltrail::store
