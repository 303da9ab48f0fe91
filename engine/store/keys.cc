#include "engine/store/keys.h"

#include <bit>
#include <cstring>

namespace skilltrail::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the byte swaps below assume a little-endian machine");

constexpr size_t kIndexKeyHead = 1 + sizeof(uint32_t);

}  // namespace

void AppendU32(std::string& out, uint32_t value) {
  const uint32_t swapped = __builtin_bswap32(value);
  out.append(reinterpret_cast<const char*>(&swapped), sizeof swapped);
}

void AppendU64(std::string& out, uint64_t value) {
  const uint64_t swapped = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&swapped), sizeof swapped);
}

void AppendText(std::string& out, std::string_view text) {
  AppendU32(out, static_cast<uint32_t>(text.size()));
  out.append(text);
}

void AppendDigest(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

uint32_t ReadU32(const char* bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}

uint64_t ReadU64(const char* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

std::string_view ByteReader::Take(size_t size) {
  if (!ok_ || rest_.size() < size) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint32_t ByteReader::U32() {
  const std::string_view bytes = Take(sizeof(uint32_t));
  return ok_ ? ReadU32(bytes.data()) : 0;
}

uint64_t ByteReader::U64() {
  const std::string_view bytes = Take(sizeof(uint64_t));
  return ok_ ? ReadU64(bytes.data()) : 0;
}

Digest ByteReader::ReadDigest() {
  Digest digest;
  const std::string_view bytes = Take(digest.bytes.size());
  if (ok_) std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

std::string_view ByteReader::Text() {
  return Take(U32());
}

std::string SeqKey(Seq seq) {
  std::string key;
  AppendU64(key, seq);
  return key;
}

Seq SeqAtEnd(std::string_view key) {
  return key.size() < sizeof(Seq) ? 0 : ReadU64(key.data() + key.size() - sizeof(Seq));
}

void IndexPrefix(std::string& out, uint8_t kind, std::string_view key) {
  out.clear();
  out.push_back(static_cast<char>(kind));
  AppendText(out, key);
}

std::string IndexKey(std::string_view prefix, Seq block) {
  std::string key(prefix);
  AppendU64(key, block);
  return key;
}

std::string_view StreamOfIndexKey(std::string_view key) {
  if (key.size() < kIndexKeyHead) return {};
  const size_t size = ReadU32(key.data() + 1);
  return key.size() - kIndexKeyHead < size ? std::string_view() : key.substr(kIndexKeyHead, size);
}

std::string PendingKey(uint64_t id) {
  std::string key(kPendingPrefix);
  AppendU64(key, id);
  return key;
}

std::string ManifestKey(std::string_view collection) {
  return std::string(kManifestPrefix).append(collection);
}

std::string BlobKey(const Digest& digest) {
  std::string key;
  AppendDigest(key, digest);
  return key;
}

std::string CheckpointPrefix(std::string_view projection, std::string_view subject) {
  std::string key;
  AppendText(key, projection);
  AppendText(key, subject);
  return key;
}

std::string CheckpointKey(std::string_view projection, std::string_view subject, Seq seq) {
  std::string key = CheckpointPrefix(projection, subject);
  AppendU64(key, seq);
  return key;
}

std::string CacheKey(std::string_view kind, std::string_view key) {
  std::string out;
  AppendText(out, kind);
  out.append(key);
  return out;
}

}  // namespace skilltrail::store
