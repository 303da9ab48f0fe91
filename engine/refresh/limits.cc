#include "engine/refresh/limits.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace skilltrail::refresh {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kKind = "limits";
constexpr std::string_view kKey = "upstream";

}  // namespace

Status KeepLimit(store::CacheStore& cache, const upstream::Ledger& ledger, Micros now) {
  if (!ledger.limit || !ledger.remaining || !ledger.reset_at) return {};
  Json all = Json::array();
  for (const KnownLimit& known : ReadLimits(cache)) {
    if (known.host == ledger.host && known.token == ledger.token_fingerprint) continue;
    all.push_back({known.host, known.token, known.limit, known.remaining, known.reset_at, known.said_at});
  }
  all.push_back({ledger.host, ledger.token_fingerprint, *ledger.limit, *ledger.remaining, *ledger.reset_at, now});
  std::sort(all.begin(), all.end());
  return cache.Put(kKind, kKey, all.dump());
}

std::vector<KnownLimit> ReadLimits(const store::CacheStore& cache) {
  std::vector<KnownLimit> limits;
  const auto value = cache.Get(kKind, kKey);
  if (!value.ok() || !*value) return limits;
  const Json all = Json::parse(**value, nullptr, false);
  if (!all.is_array()) return limits;
  for (const Json& one : all) {
    const bool good = one.is_array() && one.size() == 6 && one[0].is_string() && one[1].is_string() &&
                      std::all_of(one.begin() + 2, one.end(), [](const Json& number) { return number.is_number_integer(); });
    if (!good) continue;
    limits.push_back({one[0].get<std::string>(), one[1].get<std::string>(), one[2].get<int64_t>(), one[3].get<int64_t>(),
                      one[4].get<Micros>(), one[5].get<Micros>()});
  }
  return limits;
}

}  // namespace skilltrail::refresh
