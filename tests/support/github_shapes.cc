#include "tests/support/github_shapes.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skilltrail::testing {
namespace {

using nlohmann::json;

constexpr const char* kApi = "https://api.github.com/repos/";
constexpr const char* kWeb = "https://github.com/";

json TextOrNull(const std::string& text) {
  return text.empty() ? json() : json(text);
}

std::string Time(int64_t date_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(date_s)));
}

json LicenseShape(const std::string& spdx) {
  if (spdx.empty()) return nullptr;
  std::string key = spdx;
  std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return {{"key", key == "noassertion" ? "other" : key},
          {"name", key == "noassertion" ? "Other" : spdx + " License"},
          {"spdx_id", spdx},
          {"url", nullptr}};
}

const char* KindOf(const std::string& mode) {
  return mode == "040000" ? "tree" : mode == "160000" ? "commit" : "blob";
}

}  // namespace

json RepositoryShape(const GithubRepository& repository) {
  const GithubFacts& facts = repository.facts;
  const std::string& full_name = repository.current_name();
  const size_t slash = full_name.find('/');
  const GithubCommit* head = repository.Resolve("");
  const std::string pushed = Time(head == nullptr ? 0 : head->date_s);
  return {{"id", facts.id},
          {"name", full_name.substr(slash + 1)},
          {"full_name", full_name},
          {"private", facts.is_private},
          {"owner", {{"login", full_name.substr(0, slash)}, {"type", "Organization"}, {"html_url", kWeb + full_name.substr(0, slash)}}},
          {"html_url", kWeb + full_name},
          {"description", TextOrNull(facts.description)},
          {"fork", false},
          {"url", kApi + full_name},
          {"created_at", Time(repository.commits().empty() ? 0 : repository.commits().front().date_s)},
          {"updated_at", pushed},
          {"pushed_at", pushed},
          {"homepage", TextOrNull(facts.homepage)},
          {"stargazers_count", facts.stargazers_count},
          {"archived", facts.archived},
          {"disabled", false},
          {"license", LicenseShape(facts.license)},
          {"topics", facts.topics},
          {"visibility", facts.is_private ? "private" : "public"},
          {"default_branch", facts.default_branch}};
}

json CommitShape(const GithubRepository& repository, const GithubCommit& commit) {
  const std::string& full_name = repository.current_name();
  const json person = {{"name", "Acme Agents"}, {"email", "agents@acme.example"}, {"date", Time(commit.date_s)}};
  json parents = json::array();
  if (!commit.parent.empty()) parents.push_back({{"sha", commit.parent}, {"url", kApi + full_name + "/commits/" + commit.parent}});
  return {{"sha", commit.sha},
          {"url", kApi + full_name + "/commits/" + commit.sha},
          {"html_url", kWeb + full_name + "/commit/" + commit.sha},
          {"commit",
           {{"author", person},
            {"committer", person},
            {"message", commit.message},
            {"tree", {{"sha", commit.tree}, {"url", kApi + full_name + "/git/trees/" + commit.tree}}}}},
          {"author", nullptr},
          {"committer", nullptr},
          {"parents", parents}};
}

json TreeShape(const GithubRepository& repository, const std::string& tree, const std::vector<GithubTreeRow>& rows) {
  const std::string base = kApi + repository.current_name() + "/git/";
  json entries = json::array();
  for (const auto& row : rows) {
    const std::string kind = KindOf(row.mode);
    json entry = {{"path", row.path}, {"mode", row.mode}, {"type", kind}, {"sha", row.sha}, {"url", base + kind + "s/" + row.sha}};
    if (kind == "blob") entry["size"] = row.size;
    entries.push_back(std::move(entry));
  }
  return {{"sha", tree}, {"url", base + "trees/" + tree}, {"tree", std::move(entries)}, {"truncated", false}};
}

json ErrorShape(int status, const std::string& message) {
  return {{"message", message}, {"documentation_url", "https://docs.github.com/rest"}, {"status", std::to_string(status)}};
}

}  // namespace skilltrail::testing
