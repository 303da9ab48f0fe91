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

class Github final : public Upstream {
 public:
  explicit Github(Client client) : client_(std::move(client)) {}

  void AskAll(std::vector<Question> questions, const Done& done) override {
    CHECK(!asking_);  // `done` asks through its batch
    asking_ = true;
    Asking(client_, std::move(questions), done).Run();
    asking_ = false;
  }
  Ledger ledger() const override { return client_.rate_limit.ledger(); }

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
                                  .use_proxy = api.origin.scheme == "https"};
  std::string fingerprint = Fingerprint(options.token);
  Client client{std::move(options), std::move(api), std::move(fingerprint), std::make_unique<Transfers>(transfers), {}, false};
  return std::unique_ptr<Upstream>(std::make_unique<Github>(std::move(client)));
}

}  // namespace skilltrail::upstream
