#include "tests/support/upstream_lab.h"

#include <optional>
#include <utility>

#include "tests/support/fake_upstream.h"
#include "tests/support/github_server.h"
#include "tests/support/sim_control.h"

namespace skilltrail::testing {
namespace {

using nlohmann::json;

constexpr Micros kSecond = 1'000'000;

class FakeLab final : public UpstreamLab {
 public:
  explicit FakeLab(const Stock& stock) { stock(world_); }
  std::unique_ptr<upstream::Upstream> Connect(upstream::GithubOptions options) override {
    auto fake = std::make_unique<FakeUpstream>(world_);
    fake->token = options.token;
    fake->good_tokens = {"good-token"};
    fake->interrupted = std::move(options.interrupted);
    fake->limit = limit_.value("limit", int64_t{60});
    fake->remaining = limit_.value("remaining", fake->limit);
    fake->reset_at = SystemClock().Now() + limit_.value("reset_in", int64_t{3600}) * kSecond;
    fake->fail = [this](const upstream::Question&) -> std::optional<Error> {
      ++requests_;
      return std::nullopt;
    };
    return fake;
  }
  void Set(const json& fields) override {
    json rest = fields;
    rest.erase("repo");
    world_.Find(fields.at("repo").get<std::string>())->Set(rest);
  }
  void Limit(const json& limit) override { limit_ = limit; }
  int64_t requests() const override { return requests_; }

 private:
  GithubWorld world_;
  json limit_ = json::object();
  int64_t requests_ = 0;
};

class ServerLab final : public NetworkLab {
 public:
  ServerLab(const Stock& stock, SiteOptions options) : server_({std::move(options), 0}) {
    server_.site().With(stock);
    url_ = server_.url();
  }

 private:
  GithubServer server_;
};

}  // namespace

std::unique_ptr<upstream::Upstream> NetworkLab::Connect(upstream::GithubOptions options) {
  options.api = url_;
  auto client = upstream::MakeGithub(std::move(options));
  return std::move(client).value();
}

void NetworkLab::Set(const json& fields) {
  SimControl(url_).Set(fields);
}

void NetworkLab::Limit(const json& limit) {
  SimControl(url_).Limit(limit);
}

void NetworkLab::Faults(const json& faults) const {
  SimControl(url_).Faults(faults);
}

std::vector<SiteLogEntry> NetworkLab::Log() const {
  return SimControl(url_).Log();
}

std::unique_ptr<UpstreamLab> MakeFakeLab(const Stock& stock) {
  return std::make_unique<FakeLab>(stock);
}

std::unique_ptr<NetworkLab> MakeServerLab(const Stock& stock, SiteOptions options) {
  options.tokens.emplace_back("good-token");
  return std::make_unique<ServerLab>(stock, std::move(options));
}

}  // namespace skilltrail::testing
