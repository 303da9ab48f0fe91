// SimControl: drives a pretended GitHub through its control verbs (see GithubSite::Control), whoever wrote it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/github_site.h"

namespace skilltrail::testing {

class SimControl {
 public:
  explicit SimControl(std::string url) : url_(std::move(url)) {}  // http://127.0.0.1:PORT
  // These abort the test if the server refuses.
  void Set(const nlohmann::json& fields) const;
  void Faults(const nlohmann::json& faults) const;
  void Limit(const nlohmann::json& limit) const;
  void Reset() const;
  std::vector<SiteLogEntry> Log() const;

 private:
  nlohmann::json Call(const std::string& method, const std::string& verb, const nlohmann::json& body) const;
  std::string url_;
};

}  // namespace skilltrail::testing
