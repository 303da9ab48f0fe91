// GithubServer: a GithubSite on a loopback port, for tests, the demo and the benchmarks.
#pragma once

#include <memory>
#include <string>

#include "tests/support/github_site.h"

namespace skilltrail::testing {

struct GithubServerOptions {
  SiteOptions site = {};
  unsigned short port = 0;  // 0: any that is free
};

class GithubServer {
 public:
  // Listens when it returns. Throws std::runtime_error if the port is taken.
  explicit GithubServer(GithubServerOptions options);
  // Breaks off what is being answered, and returns when no thread of it is left.
  ~GithubServer();
  GithubServer(const GithubServer&) = delete;
  GithubServer& operator=(const GithubServer&) = delete;

  std::string url() const;  // http://127.0.0.1:PORT
  GithubSite& site();
  int connections() const;  // accepted so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skilltrail::testing
