// GithubSite: what GitHub's REST API answers, out of a GithubWorld: shapes, validators, limits, redirects, and the faults a test asks for.
// It has no sockets; GithubServer puts it on the network. Shapes: docs.github.com/rest, version 2022-11-28.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/github_world.h"

namespace skilltrail::testing {

struct SiteRequest {
  std::string method;
  std::string target;                          // path and query
  std::map<std::string, std::string> headers;  // by name in lower case
  std::string body;
};

struct SiteReply {
  int status = 200;
  std::map<std::string, std::string> headers = {};  // by name in lower case
  std::string body = {};
  int delay_ms = 0;       // before anything is sent
  bool drop = false;      // close without a word
  bool truncate = false;  // send half the body, then close
};

// One request, as it stands in the log.
struct SiteLogEntry {
  std::string method;
  std::string path;
  int status = 0;
  bool conditional = false;
  bool authorized = false;  // a token came along
  bool counted = false;     // against the limit
  std::string user_agent;
  std::string accept;
  std::string api_version;
  int in_flight = 0;  // requests being answered then, this one included
};

struct SiteOptions {
  std::vector<std::string> tokens = {};  // those that are good
  int64_t limit = 60;                    // requests an hour without token; 5000 with one
  int latency_ms = 0;                    // before each answer
};

// Thread-safe.
class GithubSite {
 public:
  explicit GithubSite(SiteOptions options) : options_(std::move(options)) {}

  // Answers, and counts as in flight until Done.
  SiteReply Answer(const SiteRequest& request);
  void Done();

  // What the control verbs POST /_sim/VERB do; Control answers {"error": ...} for what they refuse.
  //   set     {"repo": "owner/name", ...members of GithubRepository::Set}
  //   faults  [{"match": regex on "METHOD PATH", "times": 1, "status", "headers": {}, "body" or "message", "delay_ms", "drop", "truncate"}]
  //   limit   {"who": token or "anonymous", "limit", "remaining", "reset_in": seconds}
  //   reset   {}  forgets log and faults
  nlohmann::json Control(const std::string& verb, const nlohmann::json& said);
  std::vector<SiteLogEntry> Log() const;
  // Runs `change` on the world while nothing is being answered.
  template <class Change>
  void With(Change change) {
    const std::lock_guard lock(mutex_);
    change(world_);
  }

 private:
  struct Fault {
    std::regex match;
    int64_t times = 1;
    nlohmann::json what;
  };
  struct Limit {
    int64_t limit = 0;
    int64_t used = 0;
    int64_t reset_s = 0;
  };
  // What is answered, before validators, counting and faults of the transport.
  struct Draft {
    SiteReply reply;
    bool counted = true;
  };

  Limit& LimitOf(const std::string& who);
  const Fault* TakeFault(const SiteRequest& request);
  Draft MakeDraft(const SiteRequest& request, const std::string& who, const Fault* fault);
  Draft Route(const SiteRequest& request, const std::string& who);
  Draft RouteInRepository(GithubRepository& repository, const std::string& rest, const SiteRequest& request);
  Draft Tree(const GithubRepository& repository, const std::string& wanted, bool recursive) const;
  Draft Codeload(const std::string& full_name, const std::string& commit);
  void Settle(const SiteRequest& request, const std::string& who, Draft& draft);
  std::string SetLimit(const nlohmann::json& said);
  std::string SetFaults(const nlohmann::json& said);

  const SiteOptions options_;
  mutable std::mutex mutex_;
  GithubWorld world_;
  std::vector<Fault> faults_;
  std::map<std::string, Limit> limits_;
  std::vector<SiteLogEntry> log_;
  std::map<std::string, std::string> tarballs_;  // by repository and commit
  int in_flight_ = 0;
};

nlohmann::json LogJson(const std::vector<SiteLogEntry>& log);
std::vector<SiteLogEntry> LogFromJson(const nlohmann::json& log);

}  // namespace skilltrail::testing
