#include "engine/store/segment.h"

#include <fmt/format.h>

#include <cstring>

#include "engine/store/keys.h"
#include "events/check.h"

namespace skilltrail::store {
namespace {

constexpr size_t kAlignment = sizeof(uint64_t);
constexpr size_t kDigestBytes = sizeof(Digest::bytes);
constexpr size_t kHeaderBytes = 2 * sizeof(uint32_t) + 2 * kDigestBytes;
constexpr size_t kAppendBytes = sizeof(uint32_t) + sizeof(uint64_t);
// Nothing shorter is a FlatBuffer: its root offset and its smallest table.
constexpr size_t kMinEventBytes = 8;

constexpr size_t Aligned(size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void Segment::Start(Seq first, const Digest& before) {
  first_ = first;
  before_ = before;
  after_ = before;
  used_ = 0;
  offsets_.clear();
  sizes_.clear();
  logged_at_.clear();
}

uint8_t* Segment::Reserve(size_t bytes) {
  const size_t words = (used_ + bytes) / kAlignment;
  // Never shrunk: growing again would fill it with zeros for nothing.
  if (words_.size() < words) words_.resize(words);
  uint8_t* at = reinterpret_cast<uint8_t*>(words_.data()) + used_;
  used_ += bytes;
  return at;
}

void Segment::Add(std::span<const uint8_t> bytes, Micros logged_at, const Digest& after) {
  const size_t offset = used_;
  const size_t padded = Aligned(bytes.size());
  uint8_t* at = Reserve(padded);
  std::memcpy(at, bytes.data(), bytes.size());
  std::memset(at + bytes.size(), 0, padded - bytes.size());
  offsets_.push_back(offset);
  sizes_.push_back(static_cast<uint32_t>(bytes.size()));
  logged_at_.push_back(logged_at);
  after_ = after;
}

void Segment::Add(const Segment& next) {
  CHECK(next.first_ == last() + 1);
  const size_t offset = used_;
  std::memcpy(Reserve(next.used_), next.Base(), next.used_);
  for (size_t i = 0; i < next.size(); ++i) {
    offsets_.push_back(offset + next.offsets_[i]);
    sizes_.push_back(next.sizes_[i]);
    logged_at_.push_back(next.logged_at_[i]);
  }
  after_ = next.after_;
}

std::string Segment::Encode(size_t index, const Digest& before) const {
  CHECK(index < size());
  const size_t count = size() - index;
  std::string appends;
  uint32_t append_count = 0;
  for (size_t i = index; i < size(); ++i) {
    if (i > index && logged_at_[i] == logged_at_[i - 1]) continue;
    AppendU32(appends, static_cast<uint32_t>(i - index));
    AppendU64(appends, static_cast<uint64_t>(logged_at_[i]));
    ++append_count;
  }
  const size_t events_bytes = used_ - offsets_[index];
  std::string value;
  value.reserve(kHeaderBytes + appends.size() + count * sizeof(uint32_t) + events_bytes);
  AppendU32(value, static_cast<uint32_t>(count));
  AppendU32(value, append_count);
  AppendDigest(value, before);
  AppendDigest(value, after_);
  value += appends;
  for (size_t i = index; i < size(); ++i) AppendU32(value, sizes_[i]);
  value.append(reinterpret_cast<const char*>(Base() + offsets_[index]), events_bytes);
  return value;
}

// Fills positions and sizes; false if they do not describe exactly the bytes that are there.
bool Segment::ParseTable(std::string_view value, size_t& events_at) {
  if (value.size() < kHeaderBytes) return false;
  const size_t count = ReadU32(value.data());
  const size_t appends = ReadU32(value.data() + sizeof(uint32_t));
  events_at = kHeaderBytes + appends * kAppendBytes + count * sizeof(uint32_t);
  if (count == 0 || appends == 0 || appends > count || events_at > value.size()) return false;
  ByteReader digests(value.substr(2 * sizeof(uint32_t), 2 * kDigestBytes));
  before_ = digests.ReadDigest();
  after_ = digests.ReadDigest();

  const char* append = value.data() + kHeaderBytes;
  logged_at_.resize(count);
  if (ReadU32(append) != 0) return false;
  for (size_t i = 0; i < appends; ++i, append += kAppendBytes) {
    const size_t from = ReadU32(append);
    const size_t to = i + 1 < appends ? ReadU32(append + kAppendBytes) : count;
    if (from >= to || to > count) return false;
    std::fill(logged_at_.begin() + static_cast<ptrdiff_t>(from), logged_at_.begin() + static_cast<ptrdiff_t>(to),
              static_cast<Micros>(ReadU64(append + sizeof(uint32_t))));
  }
  const char* size = append;
  offsets_.resize(count);
  sizes_.resize(count);
  size_t offset = 0;
  for (size_t i = 0; i < count; ++i, size += sizeof(uint32_t)) {
    sizes_[i] = ReadU32(size);
    if (sizes_[i] < kMinEventBytes) return false;
    offsets_[i] = offset;
    offset += Aligned(sizes_[i]);
  }
  return events_at + offset == value.size();
}

Status Segment::Parse(Seq first, std::string_view value) {
  Start(first, Digest{});
  size_t events_at = 0;
  if (!ParseTable(value, events_at)) {
    Start(first, Digest{});
    return Error{Code::kCorrupt, fmt::format("the log from event {} on is damaged: its record does not hold together", first),
                 "skilltrail verify finds what is whole; skilltrail salvage brings it over"};
  }
  const std::string_view events = value.substr(events_at);
  std::memcpy(Reserve(events.size()), events.data(), events.size());
  return {};
}

}  // namespace skilltrail::store
