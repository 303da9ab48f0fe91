// UpstreamLab: one Upstream with the pretended GitHub behind it, so that one suite can be run against every pair of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/upstream/github.h"
#include "tests/support/github_site.h"
#include "tests/support/github_world.h"

namespace skilltrail::testing {

class UpstreamLab {
 public:
  virtual ~UpstreamLab() = default;
  // A new client; of `options` the API's address is the lab's own. The lab outlives it.
  virtual std::unique_ptr<upstream::Upstream> Connect(upstream::GithubOptions options) = 0;
  // The control verbs of GithubSite.
  virtual void Set(const nlohmann::json& fields) = 0;
  virtual void Limit(const nlohmann::json& limit) = 0;
  virtual int64_t requests() const = 0;  // that came to upstream so far
};

// A lab with a network in it.
class NetworkLab : public UpstreamLab {
 public:
  std::unique_ptr<upstream::Upstream> Connect(upstream::GithubOptions options) override;
  void Set(const nlohmann::json& fields) override;
  void Limit(const nlohmann::json& limit) override;
  int64_t requests() const override { return static_cast<int64_t>(Log().size()); }
  void Faults(const nlohmann::json& faults) const;
  std::vector<SiteLogEntry> Log() const;
  const std::string& url() const { return url_; }

 protected:
  std::string url_;
};

using Stock = std::function<void(GithubWorld&)>;  // puts repositories in

// "good-token" is the one good token of each.
std::unique_ptr<UpstreamLab> MakeFakeLab(const Stock& stock);
std::unique_ptr<NetworkLab> MakeServerLab(const Stock& stock, SiteOptions options = {});
// The real client against a simulator that is not ours: $SKILLTRAIL_SHARED/github_sim/github_sim.py, else ../shared beside the sources,
// over git repositories made of the stock. Nullptr where that program, python3 or git is missing.
std::unique_ptr<NetworkLab> MakeSimulatorLab(const Stock& stock);

// Writes the repository as a bare one of git's at `path`. False without git.
bool WriteGitRepository(const GithubRepository& repository, const std::string& path);

}  // namespace skilltrail::testing
