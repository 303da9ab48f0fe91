#include "engine/refresh/validators.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace skilltrail::refresh {
namespace {

constexpr std::string_view kKind = "validator";
constexpr std::string_view kSweptKind = "swept";
constexpr Micros kDay = 86'400'000'000;
// A used entry is written again only when it has become that old, since that costs as much as its body is large.
constexpr int64_t kRewriteDays = 7;
constexpr int64_t kDropDays = 30;

// day LF etag LF pushed_at LF body
struct Stored {
  int64_t day = 0;
  upstream::ValidatorCache::Entry entry;
};

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::exchange(text, {});
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

int64_t ReadDay(std::string_view text) {
  int64_t day = 0;
  std::from_chars(text.data(), text.data() + text.size(), day);
  return day;
}

Stored Decode(std::string_view value) {
  Stored stored;
  stored.day = ReadDay(TakeLine(value));
  stored.entry.etag = TakeLine(value);
  stored.entry.pushed_at = TakeLine(value);
  stored.entry.body = value;
  return stored;
}

std::string Encode(int64_t day, const upstream::ValidatorCache::Entry& entry) {
  return fmt::format("{}\n{}\n{}\n{}", day, entry.etag, entry.pushed_at, entry.body);
}

bool OneLine(const std::string& text) {
  return text.find('\n') == std::string::npos;
}

}  // namespace

std::optional<upstream::ValidatorCache::Entry> Validators::Find(const std::string& key) {
  if (const auto held = held_.find(key); held != held_.end()) return held->second;
  if (cache_ == nullptr) return std::nullopt;
  // A cache that can't be read costs requests, nothing else.
  auto value = cache_->Get(kKind, key);
  if (!value.ok() || !*value) return std::nullopt;
  Stored stored = Decode(**value);
  if (stored.entry.etag.empty()) return std::nullopt;
  if (now_ / kDay - stored.day >= kRewriteDays) held_.insert_or_assign(key, stored.entry);
  return std::move(stored.entry);
}

void Validators::Keep(const std::string& key, Entry entry) {
  if (OneLine(entry.etag) && OneLine(entry.pushed_at)) held_.insert_or_assign(key, std::move(entry));
}

Status Validators::WriteTo(store::CacheStore& cache) {
  const int64_t today = now_ / kDay;
  for (const auto& [key, entry] : held_) RETURN_IF_ERROR(cache.Put(kKind, key, Encode(today, entry)));
  held_.clear();
  ASSIGN_OR_RETURN(const auto swept, cache.Get(kSweptKind, kKind));
  if (swept && ReadDay(*swept) == today) return {};
  RETURN_IF_ERROR(cache.DropIf(kKind, [&](std::string_view value) { return today - ReadDay(TakeLine(value)) >= kDropDays; }));
  return cache.Put(kSweptKind, kKind, std::to_string(today));
}

}  // namespace skilltrail::refresh
