#include "cli/http/door.h"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "cli/http/assets.h"
#include "cli/secrets.h"
#include "cli/text.h"
#include "events/name.h"
#include "events/point.h"

namespace skilltrail::cli::http {
namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
constexpr size_t kLoggedTarget = 300;
constexpr Micros kMicrosPerWeek = 7LL * 24 * 3600 * 1'000'000;

bool IsRead(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// Host with or without port, as name and port; the port is empty if there is none.
std::pair<std::string, std::string> SplitHost(std::string_view host) {
  const size_t after_name = host.starts_with('[') ? host.find(']') : host.find(':');
  const size_t colon = host.starts_with('[') && after_name != std::string_view::npos ? after_name + 1 : after_name;
  if (colon >= host.size() || host[colon] != ':') return {std::string(host), {}};
  return {std::string(host.substr(0, colon)), std::string(host.substr(colon + 1))};
}

// "2 days ago" names another event tomorrow, though the log be the same: its answer has no ETag.
bool MovesWithTheClock(const Parameters& parameters, Micros now) {
  for (const char* name : {"at", "since", "until", "from", "to"}) {
    if (!parameters.Has(name)) continue;
    const auto today = ParsePoint(parameters.Value(name), now);
    const auto later = ParsePoint(parameters.Value(name), now + kMicrosPerWeek);
    const auto* one = today.ok() ? std::get_if<PointTime>(&*today) : nullptr;
    const auto* other = later.ok() ? std::get_if<PointTime>(&*later) : nullptr;
    if (one != nullptr && other != nullptr && one->time != other->time) return true;
  }
  return false;
}

bool Names(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

void AddGuards(Answer& answer) {
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  answer.headers.emplace_back("Content-Security-Policy", kPolicy);
}

const char* TypeOf(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace

Door::Door(Services& services, std::string address, bool quiet) : services_(services), address_(std::move(address)), quiet_(quiet) {}

Lane Door::LaneOf(const Request& request) const {
  auto target = ParseTarget(request.target);
  if (!target) return Lane::kAtOnce;
  const Match match = FindRoute(request.method, target->segments);
  // Whoever is turned away costs no worker's time.
  if (match.route == nullptr || TurnAway(request) || (!match.route->open && !HasToken(request))) return Lane::kAtOnce;
  if (match.route->lane_of == nullptr) return match.route->lane;
  return match.route->lane_of(Parameters(std::move(target->parameters)));
}

Answer Door::Handle(const Request& request) {
  Answer answer;
  try {
    answer = Decide(request);
  } catch (const std::exception& unexpected) {
    answer = Refused(Refusal::kBroken, fmt::format("unexpected: {}", unexpected.what()));
  }
  AddGuards(answer);
  return answer;
}

Answer Door::Refuse(Fault fault) const {
  const auto make = [&]() -> Answer {
    switch (fault) {
      case Fault::kMalformed:
        return Refused(Refusal::kMalformed, "this is no HTTP/1.1 request");
      case Fault::kHeaderTooLarge:
        return Refused(Refusal::kHeaderTooLarge, "the request line and its header are over the limit");
      case Fault::kBodyTooLarge:
        return Refused(Refusal::kBodyTooLarge, "the body is over the limit");
      case Fault::kBusy:
        return Refused(Refusal::kOverloaded, "too many requests are being worked on", "try again in a moment");
      case Fault::kStopping:
        return Refused(Refusal::kStopping, "the server was told to stop");
    }
    return Refused(Refusal::kBroken, "the answer could not be made");
  };
  Answer answer = make();
  AddGuards(answer);
  return answer;
}

Answer Door::Refused(Refusal refusal, std::string detail, std::string hint) const {
  return ProblemAnswer(ProblemOf(refusal, std::move(detail), std::move(hint)), services_.secrets);
}

// A name that resolves to this machine and is none of ours is how a site in a browser reaches past its borders (DNS rebinding).
bool Door::IsOurs(std::string_view host) const {
  auto [name, port] = SplitHost(host);
  if (!port.empty() && port != std::to_string(port_)) return false;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (name == "localhost" || IsLoopback(name) || name == address_) return true;
  // Listening everywhere it may be called by any of its addresses, which cannot be rebound, but by no name.
  return (address_ == "0.0.0.0" || address_ == "::") && IsAddress(name);
}

std::optional<Answer> Door::TurnAway(const Request& request) const {
  const auto host = request.header("host");
  if (host.empty()) return Refused(Refusal::kMalformed, "the Host header is missing");
  if (!IsOurs(host)) {
    return Refused(Refusal::kForeignHost, fmt::format("{} is not this server", Quote(host)), fmt::format("it is {}:{}", address_, port_));
  }
  const auto origin = request.header("origin");
  const auto site = request.header("sec-fetch-site");
  const bool foreign_origin =
      !origin.empty() && !(origin.starts_with("http://") && IsOurs(origin.substr(7)) && !SplitHost(origin.substr(7)).second.empty());
  if (foreign_origin) return Refused(Refusal::kForeignOrigin, fmt::format("the request comes from {}", Quote(origin)));
  // A link to the page from elsewhere is fine; its data are for the page alone.
  const bool navigates = request.header("sec-fetch-mode") == "navigate" && !request.target.starts_with(kPrefix);
  if ((site == "cross-site" || site == "same-site") && !navigates)
    return Refused(Refusal::kForeignOrigin, "the request comes from another site");
  return std::nullopt;
}

bool Door::HasToken(const Request& request) const {
  if (services_.token.empty()) return true;
  constexpr std::string_view kScheme = "bearer ";
  const auto given = request.header("authorization");
  const bool bearer = given.size() > kScheme.size() && std::equal(kScheme.begin(), kScheme.end(), given.begin(), [](char wanted, char c) {
                        return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
                      });
  return SameSecret(bearer ? given.substr(kScheme.size()) : std::string_view(), services_.token);
}

Answer Door::Page(const Request& request, const std::vector<std::string>& segments) const {
  const std::string_view name = segments.empty() ? std::string_view("index.html") : std::string_view(segments.back());
  const bool inside = segments.empty() || (segments.size() == 2 && segments.front() == "page");
  const auto& assets = PageAssets();
  const auto found = std::find_if(assets.begin(), assets.end(), [&](const Asset& asset) { return inside && asset.name == name; });
  if (found == assets.end())
    return Refused(Refusal::kNoSuchRoute, "there is nothing at this path", "/api/v1/openapi.json lists what there is");
  if (!IsRead(request.method)) {
    Answer answer = Refused(Refusal::kMethodNotAllowed, "this path takes GET and HEAD");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  const std::string tag = fmt::format("\"{}\"", found->digest);
  Answer answer;
  answer.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}};
  if (Names(request.header("if-none-match"), tag)) {
    answer.status = 304;
    return answer;
  }
  answer.content_type = TypeOf(name);
  answer.body = found->bytes;
  return answer;
}

Answer Door::Decide(const Request& request) {
  if (auto refused = TurnAway(request)) return std::move(*refused);
  auto target = ParseTarget(request.target);
  if (!target) return Refused(Refusal::kMalformed, "the path or the query is broken");
  Match match = FindRoute(request.method, target->segments);
  if (match.allowed.empty()) return Page(request, target->segments);
  const bool open = match.route != nullptr && match.route->open;
  if (!open && !HasToken(request)) {
    return Refused(Refusal::kTokenMissing, "the token is missing or wrong",
                   "send Authorization: Bearer TOKEN, with the token of --token-file");
  }
  if (match.route == nullptr) {
    std::string allowed;
    for (const auto& method : match.allowed) allowed += (allowed.empty() ? "" : ", ") + method;
    Answer answer = Refused(Refusal::kMethodNotAllowed, fmt::format("this path takes {}", allowed));
    answer.headers.emplace_back("Allow", allowed);
    return answer;
  }
  const Route& route = *match.route;
  return Run(request, route, std::move(match), std::move(*target));
}

Answer Door::Run(const Request& request, const Route& route, Match match, Target target) {
  Call call{request, services_, std::move(match.path), Parameters(std::move(target.parameters)), services_.base};
  const auto run = [&]() -> Result<Answer> {
    std::vector<std::string> repeatable;
    for (const auto& parameter : route.parameters) {
      if (parameter.repeatable) repeatable.push_back(parameter.name);
    }
    RETURN_IF_ERROR(call.parameters.CheckKnown(ParameterNames(route), repeatable));
    call.context.collection = services_.collection;
    call.context.at = call.parameters.Value("at");
    if (call.parameters.Has("at") && call.context.at.empty()) return Error{Code::kUsage, "at: its value is empty", {}};
    UseCollection(call, call.parameters.Value("collection_name"));
    call.context.command = ScrubSecrets(fmt::format("{} {}", request.method, request.target.substr(0, kLoggedTarget)), services_.secrets);
    const auto deadline = std::chrono::steady_clock::now() + kReadingTime;
    const bool limited = route.reads;
    call.context.interrupted = [this, deadline, limited] {
      return services_.stopping.load() || (limited && std::chrono::steady_clock::now() > deadline);
    };
    return route.reads ? Read(call, route) : route.handle(call);
  };
  auto answer = run();
  Answer made = answer.ok() ? std::move(*answer) : ProblemAnswer(ProblemOf(answer.error()), services_.secrets);
  const bool says =
      std::any_of(made.headers.begin(), made.headers.end(), [](const auto& header) { return header.first == "Cache-Control"; });
  if (!says) made.headers.emplace_back("Cache-Control", "no-store");
  return made;
}

Result<Answer> Door::Read(Call& call, const Route& route) {
  ASSIGN_OR_RETURN(const auto lease, services_.views->Take());
  const bool tagged = !route.untagged && !MovesWithTheClock(call.parameters, call.context.clock->Now());
  const std::string tag = fmt::format("\"{}\"", lease.head_hash().hex());
  if (tagged && Names(call.request.header("if-none-match"), tag)) {
    Answer answer;
    answer.status = 304;
    answer.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}};
    return answer;
  }
  Reading reading = lease.Open(call.context);
  call.reading = &reading;
  auto answer = route.handle(call);
  call.reading = nullptr;
  if (answer.ok() && tagged && answer->status == 200) {
    answer->headers.emplace_back("ETag", tag);
    answer->headers.emplace_back("Cache-Control", "no-cache");
  }
  return answer;
}

void Door::Log(const Done& done) {
  std::string route = "none", line = "- -";
  if (done.request != nullptr) {
    const auto target = ParseTarget(done.request->target);
    const Match match = target ? FindRoute(done.request->method, target->segments) : Match();
    if (match.route != nullptr) route = match.route->id;
    line =
        OneLine(ScrubSecrets(fmt::format("{} {}", done.request->method, done.request->target.substr(0, kLoggedTarget)), services_.secrets));
  }
  services_.metrics.Count(route, done.status, done.took, done.bytes);
  if (quiet_) return;
  const std::string status = done.status == 0 ? "gone" : std::to_string(done.status);
  const std::string text = fmt::format("{} {} {} {} bytes {:.1f} ms\n", FormatTime(services_.base.clock->Now()), line, status, done.bytes,
                                       static_cast<double>(done.took.count()) / 1000);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace skilltrail::cli::http
