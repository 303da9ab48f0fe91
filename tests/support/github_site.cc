#include "tests/support/github_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "events/digest.h"
#include "tests/support/github_shapes.h"
#include "tests/support/github_tarball.h"

namespace skilltrail::testing {
namespace {

using nlohmann::json;

constexpr int64_t kTokenLimit = 5000;
constexpr int64_t kHour = 3600;
constexpr const char* kAnonymous = "anonymous";

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string HeaderOf(const SiteRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

// The token that came along, or "anonymous".
std::string WhoOf(const SiteRequest& request) {
  const std::string given = HeaderOf(request, "authorization");
  for (const std::string_view scheme : {"Bearer ", "token "}) {
    if (given.starts_with(scheme)) return given.substr(scheme.size());
  }
  return kAnonymous;
}

std::string Decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? FromHex(text.substr(i + 1, 2)) : std::nullopt;
    decoded += byte ? static_cast<char>(byte->front()) : text[i];
    if (byte) i += 2;
  }
  return decoded;
}

bool MatchesTag(const std::string& if_none_match, const std::string& etag) {
  const auto bare = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  return !if_none_match.empty() && bare(if_none_match) == bare(etag);
}

SiteReply Reply(int status, const json& body) {
  return {.status = status, .headers = {{"content-type", "application/json; charset=utf-8"}}, .body = body.dump()};
}

SiteReply Failure(int status, const std::string& message) {
  return Reply(status, ErrorShape(status, message));
}

SiteReply Bytes(std::string bytes, const std::string& type) {
  return {.status = 200, .headers = {{"content-type", type}}, .body = std::move(bytes)};
}

std::string BaseOf(const SiteRequest& request) {
  return "http://" + HeaderOf(request, "host");
}

}  // namespace

SiteReply GithubSite::Answer(const SiteRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string who = WhoOf(request);
  ++in_flight_;
  const Fault* fault = TakeFault(request);
  Draft draft = MakeDraft(request, who, fault);
  Settle(request, who, draft);
  SiteReply& reply = draft.reply;
  reply.delay_ms = options_.latency_ms;
  if (fault != nullptr) {
    reply.delay_ms += fault->what.value("delay_ms", 0);
    reply.drop = fault->what.value("drop", false);
    reply.truncate = fault->what.value("truncate", false);
    const json headers = fault->what.value("headers", json::object());
    for (const auto& [name, value] : headers.items()) {
      reply.headers[Lower(name)] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  log_.push_back({request.method, request.target, reply.status, !HeaderOf(request, "if-none-match").empty(), who != kAnonymous,
                  draft.counted, HeaderOf(request, "user-agent"), HeaderOf(request, "accept"), HeaderOf(request, "x-github-api-version"),
                  in_flight_});
  return std::move(reply);
}

void GithubSite::Done() {
  const std::lock_guard lock(mutex_);
  --in_flight_;
}

const GithubSite::Fault* GithubSite::TakeFault(const SiteRequest& request) {
  const std::string subject = request.method + " " + request.target;
  for (Fault& fault : faults_) {
    if (fault.times <= 0 || !std::regex_search(subject, fault.match)) continue;
    --fault.times;
    return &fault;
  }
  return nullptr;
}

// What stands before any route, in GitHub's order: who asks, an outage, the limit.
GithubSite::Draft GithubSite::MakeDraft(const SiteRequest& request, const std::string& who, const Fault* fault) {
  if (HeaderOf(request, "user-agent").empty())
    return {Failure(403, "Request forbidden by administrative rules. Send a User-Agent header."), false};
  const auto& tokens = options_.tokens;
  if (who != kAnonymous && std::find(tokens.begin(), tokens.end(), who) == tokens.end()) return {Failure(401, "Bad credentials"), false};
  if (fault != nullptr && fault->what.contains("status")) {
    SiteReply reply = Failure(fault->what.at("status").get<int>(), fault->what.value("message", "Server Error"));
    reply.body = fault->what.value("body", reply.body);
    return {std::move(reply), false};
  }
  const Limit& limit = LimitOf(who);
  if (limit.used >= limit.limit && !request.target.starts_with("/_codeload"))
    return {Failure(403, "API rate limit exceeded for 127.0.0.1."), false};
  if (request.method != "GET" && request.method != "HEAD") return {Failure(404, "Not Found"), true};
  return Route(request, who);
}

GithubSite::Draft GithubSite::Route(const SiteRequest& request, const std::string& who) {
  static const std::regex kById("/repositories/([0-9]+)(/.*)?");
  static const std::regex kByName("/repos/([^/]+/[^/]+)(/.*)?");
  static const std::regex kCodeload("/_codeload/([^/]+/[^/]+)/legacy\\.tar\\.gz/([0-9a-f]{40})");
  const size_t query = request.target.find('?');
  const std::string path = request.target.substr(0, query);
  std::smatch found;
  if (std::regex_match(path, found, kCodeload)) return Codeload(found[1], found[2]);
  const auto hidden = [&](const GithubRepository* repository) {
    return repository == nullptr || repository->facts.gone || (repository->facts.is_private && who == kAnonymous);
  };
  if (std::regex_match(path, found, kById)) {
    GithubRepository* repository = world_.FindById(std::stoull(found[1]));
    return hidden(repository) ? Draft{Failure(404, "Not Found")} : RouteInRepository(*repository, found[2], request);
  }
  if (!std::regex_match(path, found, kByName)) return {Failure(404, "Not Found")};
  const std::string name = Decode(found[1].str());
  GithubRepository* repository = world_.Find(name);
  if (hidden(repository)) return {Failure(404, "Not Found")};
  if (!repository->facts.renamed_to.empty() && Lower(name) == Lower(repository->full_name())) {
    SiteReply moved = Failure(301, "Moved Permanently");
    moved.headers["location"] = fmt::format("{}/repositories/{}{}{}", BaseOf(request), repository->facts.id, found[2].str(),
                                            query == std::string::npos ? "" : request.target.substr(query));
    return {std::move(moved)};
  }
  return RouteInRepository(*repository, found[2], request);
}

GithubSite::Draft GithubSite::RouteInRepository(GithubRepository& repository, const std::string& rest, const SiteRequest& request) {
  static const std::regex kCommit("/commits/(.+)");
  static const std::regex kTree("/git/trees/(.+)");
  static const std::regex kBlob("/git/blobs/([0-9a-f]{40})");
  static const std::regex kTarball("/tarball(?:/(.+))?");
  std::smatch found;
  if (rest.empty()) return {Reply(200, RepositoryShape(repository))};
  if (std::regex_match(rest, found, kCommit)) {
    const GithubCommit* commit = repository.Resolve(Decode(found[1].str()));
    if (commit == nullptr) return {Failure(422, "No commit found for SHA: " + Decode(found[1].str()))};
    return {Reply(200, CommitShape(repository, *commit))};
  }
  if (std::regex_match(rest, found, kTree))
    return Tree(repository, Decode(found[1].str()), request.target.find("recursive=") != std::string::npos);
  if (std::regex_match(rest, found, kBlob)) {
    const std::string* bytes = repository.Blob(found[1]);
    if (bytes == nullptr) return {Failure(404, "Not Found")};
    if (HeaderOf(request, "accept").find("raw") == std::string::npos) return {Failure(406, "Ask for application/vnd.github.raw+json.")};
    SiteReply reply = Bytes(*bytes, "application/vnd.github.raw; charset=utf-8");
    reply.headers["etag"] = "\"" + found[1].str() + "\"";
    return {std::move(reply)};
  }
  if (std::regex_match(rest, found, kTarball)) {
    const GithubCommit* commit = repository.Resolve(Decode(found[1].str()));
    if (commit == nullptr) return {Failure(404, "Not Found")};
    SiteReply reply{.status = 302};
    reply.headers["location"] = fmt::format("{}/_codeload/{}/legacy.tar.gz/{}", BaseOf(request), repository.current_name(), commit->sha);
    return {std::move(reply)};
  }
  return {Failure(404, "Not Found")};
}

GithubSite::Draft GithubSite::Tree(const GithubRepository& repository, const std::string& wanted, bool recursive) const {
  const GithubCommit* commit = repository.Resolve(wanted);
  const std::string& id = commit != nullptr && repository.TreeRows(wanted) == nullptr ? commit->tree : wanted;
  const auto* rows = repository.TreeRows(id);
  if (rows == nullptr) return {Failure(404, "Not Found")};
  if (recursive) return {Reply(200, TreeShape(repository, id, *rows))};
  std::vector<GithubTreeRow> here;
  std::copy_if(rows->begin(), rows->end(), std::back_inserter(here),
               [](const GithubTreeRow& row) { return row.path.find('/') == std::string::npos; });
  return {Reply(200, TreeShape(repository, id, here))};
}

GithubSite::Draft GithubSite::Codeload(const std::string& full_name, const std::string& sha) {
  const GithubRepository* repository = world_.Find(full_name);
  const GithubCommit* commit = repository == nullptr ? nullptr : repository->Resolve(sha);
  if (commit == nullptr) return {Failure(404, "Not Found"), false};
  std::string& kept = tarballs_[full_name + "/" + sha];
  if (kept.empty()) kept = MakeTarball(*repository, *commit);
  return {Bytes(kept, "application/x-gzip"), false};
}

// Validators, then the count, then the headers that tell of it. A 304 is free only for a request that came with a good token.
void GithubSite::Settle(const SiteRequest& request, const std::string& who, Draft& draft) {
  SiteReply& reply = draft.reply;
  if (reply.status == 200) {
    const std::string etag = reply.headers.try_emplace("etag", "W/\"" + Sha256(reply.body).hex() + "\"").first->second;
    if (MatchesTag(HeaderOf(request, "if-none-match"), etag)) {
      reply = {.status = 304, .headers = {{"etag", etag}}};
      draft.counted = draft.counted && who == kAnonymous;
    }
  }
  Limit& limit = LimitOf(who);
  if (draft.counted) ++limit.used;
  reply.headers["server"] = "GitHub.com";
  reply.headers["x-ratelimit-limit"] = std::to_string(limit.limit);
  reply.headers["x-ratelimit-used"] = std::to_string(limit.used);
  reply.headers["x-ratelimit-remaining"] = std::to_string(std::max<int64_t>(0, limit.limit - limit.used));
  reply.headers["x-ratelimit-reset"] = std::to_string(limit.reset_s);
  reply.headers["x-ratelimit-resource"] = "core";
}

GithubSite::Limit& GithubSite::LimitOf(const std::string& who) {
  const int64_t now = NowSeconds();
  auto [place, made] = limits_.try_emplace(who, Limit{who == kAnonymous ? options_.limit : kTokenLimit, 0, now + kHour});
  Limit& limit = place->second;
  if (now >= limit.reset_s) limit = {limit.limit, 0, now + kHour};
  return limit;
}

json GithubSite::Control(const std::string& verb, const json& said) {
  const std::lock_guard lock(mutex_);
  std::string refused;
  try {
    if (verb == "set") {
      json fields = said;
      GithubRepository* repository = world_.Find(fields.at("repo").get<std::string>());
      fields.erase("repo");
      if (repository == nullptr) {
        refused = "no such repo";
      } else {
        repository->Set(fields);
      }
    } else if (verb == "faults") {
      refused = SetFaults(said);
    } else if (verb == "limit") {
      refused = SetLimit(said);
    } else if (verb == "reset") {
      log_.clear();
      faults_.clear();
    } else {
      refused = "no such control";
    }
  } catch (const std::exception& wrong) {
    refused = wrong.what();
  }
  return refused.empty() ? json{{"ok", true}} : json{{"error", refused}};
}

std::string GithubSite::SetFaults(const json& said) {
  std::vector<Fault> faults;
  for (const json& one : said) faults.push_back({std::regex(one.at("match").get<std::string>()), one.value("times", int64_t{1}), one});
  faults_ = std::move(faults);
  return {};
}

std::string GithubSite::SetLimit(const json& said) {
  Limit& limit = LimitOf(said.value("who", kAnonymous));
  const int64_t remaining = limit.limit - limit.used;
  limit.limit = said.value("limit", limit.limit);
  limit.used = limit.limit - said.value("remaining", remaining);
  limit.reset_s = NowSeconds() + said.value("reset_in", kHour);
  return {};
}

std::vector<SiteLogEntry> GithubSite::Log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

json LogJson(const std::vector<SiteLogEntry>& log) {
  json out = json::array();
  for (const auto& entry : log) {
    out.push_back({{"method", entry.method},
                   {"path", entry.path},
                   {"status", entry.status},
                   {"conditional", entry.conditional},
                   {"authorized", entry.authorized},
                   {"counted", entry.counted},
                   {"user_agent", entry.user_agent},
                   {"accept", entry.accept},
                   {"api_version", entry.api_version},
                   {"in_flight", entry.in_flight}});
  }
  return out;
}

std::vector<SiteLogEntry> LogFromJson(const json& log) {
  const auto text = [](const json& entry, const char* name) {
    return entry.at(name).is_string() ? entry.at(name).get<std::string>() : std::string();
  };
  std::vector<SiteLogEntry> entries;
  for (const json& one : log) {
    entries.push_back({text(one, "method"), text(one, "path"), one.at("status").get<int>(), one.at("conditional").get<bool>(),
                       one.at("authorized").get<bool>(), one.at("counted").get<bool>(), text(one, "user_agent"), text(one, "accept"),
                       text(one, "api_version"), one.at("in_flight").get<int>()});
  }
  return entries;
}

}  // namespace skilltrail::testing
