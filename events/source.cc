#include "events/source.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "events/digest.h"
#include "events/name.h"

namespace skilltrail {
namespace {

constexpr const char* kForms = "write owner/repo[/path][@ref], or a URL as in https://github.com/owner/repo/tree/REF/path";
constexpr size_t kMaxOwner = 39;  // GitHub's limits
constexpr size_t kMaxRepo = 100;
constexpr size_t kMaxRef = 255;

Error Usage(std::string_view text, std::string_view why) {
  return {Code::kUsage, fmt::format("source {}: {}", Quote(text), why), kForms};
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters, digits, '-', and '_' of managed users; it starts with a letter or digit.
bool IsOwner(std::string_view owner) {
  return !owner.empty() && owner.size() <= kMaxOwner && IsAlphanumeric(owner.front()) &&
         std::all_of(owner.begin(), owner.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; });
}

bool IsRepo(std::string_view repo) {
  return !repo.empty() && repo.size() <= kMaxRepo && repo != "." && repo != ".." &&
         std::all_of(repo.begin(), repo.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The rules of git check-ref-format, no leading '-', which a command line takes for an option, and UTF-8.
bool IsRef(std::string_view ref) {
  if (ref.empty() || ref.size() > kMaxRef || !IsUtf8(ref) || HasControl(ref) || ref == "@" || ref.front() == '-' || ref.ends_with('.'))
    return false;
  if (ref.find_first_of(" ~^:?*[\\") != std::string_view::npos) return false;
  if (ref.find("..") != std::string_view::npos || ref.find("@{") != std::string_view::npos) return false;
  for (size_t start = 0; start <= ref.size();) {
    const auto end = std::min(ref.find('/', start), ref.size());
    const auto part = ref.substr(start, end - start);
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return false;
    start = end + 1;
  }
  return true;
}

// Checks the parts and puts them together. `text` is what the person wrote.
Result<Source> Make(std::string_view text, Source source) {
  if (source.repo.ends_with(".git")) source.repo.resize(source.repo.size() - 4);
  if (!IsOwner(source.owner)) return Usage(text, Quote(source.owner) + " can't be the name of a GitHub user or organisation");
  if (!IsRepo(source.repo)) return Usage(text, Quote(source.repo) + " can't be the name of a GitHub repository");
  if (!source.path.empty()) {
    const auto path = CheckRelativePath(source.path);
    if (!path.ok()) return Usage(text, path.error().message);
    if (HasControl(source.path)) return Usage(text, "the path holds a control character");
    // '@' parts the ref from what stands before it.
    if (source.path.find('@') != std::string::npos) return Usage(text, "a path that holds '@' can't be written as a source");
  }
  if (!source.ref.empty() && !IsRef(source.ref)) return Usage(text, Quote(source.ref) + " can't be the name of a branch, tag or commit");
  return source;
}

std::string_view WithoutTrailingSlash(std::string_view text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

// owner/repo[/path][@ref]
Result<Source> ParseShort(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return Usage(text, "it is not owner/repo");
  const auto at = std::min(text.find('@', slash), text.size());
  const auto place = WithoutTrailingSlash(text.substr(slash + 1, at - slash - 1));
  const auto repo = place.substr(0, place.find('/'));
  Source source{std::string(text.substr(0, slash)), std::string(repo), "", ""};
  if (repo.size() < place.size()) source.path = place.substr(repo.size() + 1);
  if (repo.size() < place.size() && source.path.empty()) return Usage(text, "the path is empty");
  if (at < text.size()) {
    source.ref = text.substr(at + 1);
    if (source.ref.empty()) return Usage(text, "the ref after '@' is empty");
  }
  return Make(text, std::move(source));
}

// A part of a URL's path with %XX resolved; nothing if that is malformed or would bring in a '/'.
std::optional<std::string> DecodePart(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out += part[i];
      continue;
    }
    const auto byte = FromHex(part.substr(i + 1, 2));
    if (!byte || byte->size() != 1 || (*byte)[0] == '/') return std::nullopt;
    out += static_cast<char>((*byte)[0]);
    i += 2;
  }
  return out;
}

// `place` is what follows "github.com/" in a URL: owner/repo, or owner/repo/tree/REF/path.
Result<Source> ParseUrlPath(std::string_view text, std::string_view place) {
  place = WithoutTrailingSlash(place);
  std::vector<std::string> parts;
  for (size_t start = 0; start <= place.size();) {
    const auto end = std::min(place.find('/', start), place.size());
    auto part = DecodePart(place.substr(start, end - start));
    if (!part) return Usage(text, "its %-escapes are malformed");
    parts.push_back(*std::move(part));
    start = end + 1;
  }
  if (parts.size() < 2) return Usage(text, "it names no repository");
  Source source{std::move(parts[0]), std::move(parts[1]), "", ""};
  if (parts.size() > 2) {
    if ((parts[2] != "tree" && parts[2] != "blob") || parts.size() == 3)
      return Usage(text, "it is not the page of a repository, folder or file");
    source.ref = parts[3];
    if (source.ref.empty()) return Usage(text, "the ref is empty");
    for (size_t i = 4; i < parts.size(); ++i) source.path += (i == 4 ? "" : "/") + parts[i];
    if (parts.size() > 4 && source.path.empty()) return Usage(text, "the path is empty");
  }
  return Make(text, std::move(source));
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// What stands before the first '/' of a URL or of a text like one, without its scheme.
std::string_view Authority(std::string_view text) {
  const auto scheme = text.find("//");
  if (scheme != std::string_view::npos && (scheme == 0 || text[scheme - 1] == ':')) text.remove_prefix(scheme + 2);
  return text.substr(0, text.find_first_of("/?#"));
}

}  // namespace

std::string Source::text() const {
  return repository() + (path.empty() ? "" : "/" + path) + (ref.empty() ? "" : "@" + ref);
}

Result<Source> ParseSource(std::string_view text) {
  constexpr std::string_view kScp = "git@github.com:";
  if (text.starts_with(kScp)) {
    const auto place = text.substr(kScp.size());
    const auto slash = place.find('/');
    if (slash == std::string_view::npos || place.find('/', slash + 1) != std::string_view::npos) return Usage(text, "it is not owner/repo");
    return Make(text, {std::string(place.substr(0, slash)), std::string(place.substr(slash + 1)), "", ""});
  }
  const auto authority = Authority(text);
  if (authority.find('@') != std::string_view::npos) {
    return Error{Code::kUsage, "source: a URL with a user name or password is refused", "leave them out; a token comes from GITHUB_TOKEN"};
  }
  const bool is_url = text.find("://") != std::string_view::npos;
  if (!is_url && Lower(authority) != "github.com") return ParseShort(text);
  const auto page = text.substr(0, text.find_first_of("?#"));  // what follows is not about the place, and may hold a secret
  const bool https = !is_url || Lower(page.substr(0, page.find("://"))) == "https";
  if (!https || Lower(authority) != "github.com") return Usage(page, "only https://github.com is known");
  const auto end = static_cast<size_t>(authority.data() + authority.size() - page.data());
  return ParseUrlPath(page, end < page.size() ? page.substr(end + 1) : std::string_view());
}

bool LooksLikeLocalPath(std::string_view text) {
  return text == "." || text == ".." || text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with('~');
}

bool LooksLikeCommit(std::string_view ref) {
  return ref.size() >= 7 && ref.size() <= 40 && std::all_of(ref.begin(), ref.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

}  // namespace skilltrail
