#include "engine/upstream/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "engine/upstream/curl.h"
#include "events/name.h"

namespace skilltrail::upstream {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { Curl().curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCleanup>;

Url MakeUrl() {
  Url url(Curl().curl_url());
  CHECK(url != nullptr);
  return url;
}

std::optional<std::string> Part(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (Curl().curl_url_get(url.get(), part, &text, flags) != CURLUE_OK || text == nullptr) return std::nullopt;
  std::string copy(text);
  Curl().curl_free(text);
  return copy;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// 127.0.0.0/8 in its four-part form, which is what curl makes of every other spelling of an IPv4 address.
bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

Origin OriginOf(const Url& url) {
  return {Lower(Part(url, CURLUPART_SCHEME).value_or("")), Lower(Part(url, CURLUPART_HOST).value_or("")),
          Part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("")};
}

bool HasUser(const Url& url) {
  return Part(url, CURLUPART_USER) || Part(url, CURLUPART_PASSWORD);
}

}  // namespace

std::string Origin::name() const {
  return port == (scheme == "https" ? "443" : "80") ? host : host + ":" + port;
}

Result<Address> ParseApi(std::string_view api) {
  const auto refuse = [](std::string why) {
    return Error{Code::kUsage, "GitHub API address: " + std::move(why), "write it as https://api.github.com or https://HOST/api/v3"};
  };
  const Url url = MakeUrl();
  const std::string text(api);
  if (Curl().curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return refuse("it is no http or https URL");
  if (HasUser(url)) return refuse("it holds a user name or password; give a token instead");
  if (Part(url, CURLUPART_QUERY) || Part(url, CURLUPART_FRAGMENT)) return refuse("it holds a query or fragment");
  Address address{OriginOf(url), {}};
  if (address.origin.scheme != "https" && address.origin.scheme != "http") return refuse(Quote(text) + " is neither https nor http");
  if (address.origin.scheme == "http" && !IsLoopback(address.origin.host)) {
    return refuse(fmt::format("{} is plain http, which is for a loopback host only", Quote(text)));
  }
  address.url = Part(url, CURLUPART_URL).value_or("");
  while (address.url.ends_with('/')) address.url.pop_back();
  return address;
}

Result<Address> ParseRedirect(const Address& from, std::string_view location) {
  const auto refuse = [&](std::string_view why) {
    return Error{Code::kUpstream, fmt::format("broken answer: {} redirects {}", from.origin.name(), why), {}};
  };
  const Url url = MakeUrl();
  const std::string text(location);
  if (Curl().curl_url_set(url.get(), CURLUPART_URL, from.url.c_str(), 0) != CURLUE_OK) return refuse("from an unreadable address");
  // Setting a URL over another one resolves it as a relative reference.
  if (text.empty() || Curl().curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return refuse("to what is no address");
  if (HasUser(url)) return refuse("to an address with a user name");
  Address to{OriginOf(url), {}};
  const bool plain =
      to.origin.scheme == "http" && from.origin.scheme == "http" && IsLoopback(from.origin.host) && IsLoopback(to.origin.host);
  if (to.origin.scheme != "https" && !plain) return refuse("to an address that is not https");
  Curl().curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  to.url = Part(url, CURLUPART_URL).value_or("");
  return to;
}

}  // namespace skilltrail::upstream
