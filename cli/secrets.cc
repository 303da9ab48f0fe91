#include "cli/secrets.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "events/name.h"

namespace skilltrail::cli {
namespace {

constexpr std::string_view kMask = "***";
constexpr size_t kShortestSecret = 8;

bool IsTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// The length of the prefix that GitHub's tokens start with, or 0.
size_t TokenPrefix(std::string_view text) {
  constexpr std::string_view kFineGrained = "github_pat_";
  if (text.starts_with(kFineGrained)) return kFineGrained.size();
  const bool classic =
      text.size() > 4 && text.starts_with("gh") && text[3] == '_' && std::string_view("pousr").find(text[2]) != std::string_view::npos;
  return classic ? 4 : 0;
}

std::string MaskTokens(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const bool starts_word = i == 0 || !IsTokenCharacter(text[i - 1]);
    const size_t prefix = starts_word ? TokenPrefix(text.substr(i)) : 0;
    size_t end = i + prefix;
    while (prefix != 0 && end < text.size() && IsTokenCharacter(text[end])) ++end;
    if (prefix != 0 && end - i - prefix >= kShortestSecret) {
      out += kMask;
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool StartsWithAnyCase(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() && strncasecmp(text.data(), beginning.data(), beginning.size()) == 0;
}

bool IsGap(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\'' || c == '"' || c == '=' || c == ',' || c == '(';
}

// True for a name as github.com, but not for one as v1.2.
bool StartsWithHost(std::string_view text) {
  const std::string_view host = text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"));
  const size_t dot = host.rfind('.');
  return dot != std::string_view::npos && dot > 0 && host.size() > dot + 2 &&
         std::none_of(host.begin() + static_cast<ptrdiff_t>(dot), host.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// user:password@host without a scheme, and anybody@github.com.
std::string MaskBareUserInfo(std::string text) {
  for (size_t mark = text.find('@'); mark != std::string::npos; mark = text.find('@', mark + 1)) {
    size_t start = mark;
    while (start > 0 && !IsGap(text[start - 1]) && text[start - 1] != '/') --start;
    const std::string_view user = std::string_view(text).substr(start, mark - start);
    const bool begins = start == 0 || text[start - 1] != '/';
    const std::string_view host = std::string_view(text).substr(mark + 1);
    const bool wanted = user.find(':') != std::string_view::npos ? StartsWithHost(host) : StartsWithAnyCase(host, "github.com");
    if (user.empty() || !begins || user == "git" || user == kMask || !wanted) continue;
    text.replace(start, mark - start, kMask);
    mark = start + kMask.size();
  }
  return text;
}

// ?token=..., &client_secret=..., #access_token=...: what a URL's parameters call a secret.
std::string MaskParameters(std::string text) {
  constexpr const char* kSecret[] = {"token", "secret", "passw", "pwd", "auth", "key", "sig", "credential", "session"};
  for (size_t at = text.find_first_of("?&#"); at != std::string::npos; at = text.find_first_of("?&#", at + 1)) {
    const size_t equals = text.find_first_of("=?&# \t\n'\"", at + 1);
    if (equals == std::string::npos || text[equals] != '=') continue;
    const std::string name = text.substr(at + 1, equals - at - 1);
    if (std::none_of(std::begin(kSecret), std::end(kSecret), [&](const char* word) { return strcasestr(name.c_str(), word) != nullptr; }))
      continue;
    const size_t end = std::min(text.find_first_of("&# \t\n'\"", equals), text.size());
    text.replace(equals + 1, end - equals - 1, kMask);
    at = equals;
  }
  return text;
}

// https://user:password@host and https://token@host; the user "git" of ssh URLs is no secret.
std::string MaskUserInfo(std::string text) {
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t start = at + 3;
    const size_t end = std::min(text.find_first_of("/?# \t\n'\"", start), text.size());
    const size_t mark = text.rfind('@', end);
    if (mark == std::string::npos || mark < start || mark >= end || text.compare(start, mark - start, "git") == 0) continue;
    text.replace(start, mark - start, kMask);
  }
  return text;
}

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("_-./:@=,+%~").find(c) != std::string_view::npos;
}

std::string ShellQuote(const std::string& word) {
  if (!word.empty() && word[0] != '~' && std::all_of(word.begin(), word.end(), IsPlain)) return word;
  std::string out = "'";
  for (char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string ScrubSecrets(std::string_view text, const std::vector<std::string>& known) {
  std::string out(text);
  for (const auto& secret : known) {
    if (secret.size() < kShortestSecret) continue;
    for (size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at + kMask.size()))
      out.replace(at, secret.size(), kMask);
  }
  return MaskParameters(MaskBareUserInfo(MaskUserInfo(MaskTokens(out))));
}

std::string ScrubWord(std::string_view word, const std::vector<std::string>& known) {
  std::string out = ScrubSecrets(word, known);
  const bool is_url =
      out.find_first_of(" \t\n") == std::string::npos && (out.find("://") != std::string::npos || StartsWithAnyCase(out, "github.com/"));
  const size_t query = is_url ? out.find_first_of("?#") : std::string::npos;
  if (query != std::string::npos) out.replace(query + 1, std::string::npos, kMask);
  return out;
}

Status RefuseSecret(std::string_view word, const std::vector<std::string>& known) {
  if (ScrubSecrets(word, known) == word) return {};
  return Error{Code::kUsage, "a token or password is no name: it would stand in the log for ever", {}};
}

std::string RecordedCommand(const std::vector<std::string>& words, const std::vector<std::string>& known) {
  std::string line = "skilltrail";
  for (const auto& word : words) line += " " + ShellQuote(ScrubWord(ToUtf8(word), known));
  return line;
}

}  // namespace skilltrail::cli
