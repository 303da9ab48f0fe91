#include "engine/upstream/github.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/upstream/address.h"
#include "engine/upstream/asking.h"
#include "events/digest.h"

namespace skilltrail::upstream {
namespace {

constexpr const char* kPublicHost = "api.github.com";
// A GET is one point of 900 a minute: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, secondary rate limits.
constexpr Pace kPublicPace{900, std::chrono::minutes(1)};

// What a refresh leaves of an hour's limit to the other programs that use the same token; rounded down, so nothing of the 60 without one.
constexpr int kPublicReservePercent = 1;

class Github final : public Upstream {
 public:
  explicit Github(Client client) : client_(std::move(client)) {}

  void AskAll(std::vector<Question> questions, const Done& done) override {
    CHECK(!asking_);  // `done` asks through its batch
    asking_ = true;
    Asking(client_, std::move(questions), done).Run();
    asking_ = false;
  }
  Ledger ledger() const override {
    Ledger ledger = client_.rate_limit.ledger();
    ledger.host = client_.api.origin.name();
    if (!client_.options.token.empty()) ledger.token_fingerprint = client_.token_fingerprint;
    return ledger;
  }
  void UseValidators(ValidatorCache* validators) override { client_.validators = validators; }

 private:
  Client client_;
  bool asking_ = false;
};

// A token goes into a header line, so what could end that line must not be in it.
bool IsToken(const std::string& token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Names the token in a cache key without telling anything of it.
std::string Fingerprint(const std::string& token) {
  return token.empty() ? "anonymous" : Sha256("skilltrail validator key\n" + token).hex();
}

}  // namespace

Result<std::unique_ptr<Upstream>> MakeGithub(GithubOptions options) {
  ASSIGN_OR_RETURN(Address api, ParseApi(options.api));
  if (!IsToken(options.token)) return Error{Code::kUsage, "GitHub token: it holds a blank or a control character", "give the bare token"};
  CHECK(options.max_concurrent > 0 && options.connect_timeout_ms > 0 && options.stall_timeout_ms > 0);
  const TransferOptions transfers{.max_connections = options.max_concurrent,
                                  .connect_timeout_ms = options.connect_timeout_ms,
                                  .stall_timeout_ms = options.stall_timeout_ms,
                                  .use_proxy = api.origin.scheme == "https",
                                  .ca_file = options.ca_file};
  std::string fingerprint = Fingerprint(options.token);
  const bool is_public = api.origin.host == kPublicHost;
  if (!options.pace && is_public) options.pace = kPublicPace;
  if (!options.reserve_percent) options.reserve_percent = is_public ? kPublicReservePercent : 0;
  Client client;
  client.rate_limit = RateLimit(*options.reserve_percent);
  client.options = std::move(options);
  client.api = std::move(api);
  client.token_fingerprint = std::move(fingerprint);
  client.transfers = std::make_unique<Transfers>(transfers);
  return std::unique_ptr<Upstream>(std::make_unique<Github>(std::move(client)));
}

}  // namespace skilltrail::upstream
