#include "cli/secrets.h"

#include <algorithm>

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
  return MaskUserInfo(MaskTokens(out));
}

std::string RecordedCommand(const std::vector<std::string>& words, const std::vector<std::string>& known) {
  std::string line = "skilltrail";
  for (const auto& word : words) line += " " + ShellQuote(ScrubSecrets(ToUtf8(word), known));
  return line;
}

}  // namespace skilltrail::cli
