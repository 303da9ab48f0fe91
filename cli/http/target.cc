#include "cli/http/target.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "events/digest.h"
#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

constexpr size_t kMaxParameters = 64;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Structure only: lengths, continuation bytes, no overlong forms, no surrogates (RFC 3629).
bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (length == 0 || text.size() - i < length) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

std::optional<std::string> Unescape(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (out.find('\0') != std::string::npos || !IsUtf8(out)) return std::nullopt;
  return out;
}

bool ParsePath(std::string_view path, Target& target) {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  if (path.empty()) return true;
  for (bool more = true; more;) {
    const size_t end = std::min(path.find('/'), path.size());
    auto segment = Unescape(path.substr(0, end), false);
    if (!segment || segment->empty() || *segment == "." || *segment == ".." || segment->find_first_of("/\\") != std::string::npos)
      return false;
    target.segments.push_back(std::move(*segment));
    more = end < path.size();
    path.remove_prefix(more ? end + 1 : end);
  }
  return true;
}

bool ParseQuery(std::string_view query, Target& target) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    const size_t equals = std::min(one.find('='), one.size());
    auto name = Unescape(one.substr(0, equals), true);
    auto value = Unescape(one.substr(std::min(equals + 1, one.size())), true);
    if (!name || !value || target.parameters.size() == kMaxParameters) return false;
    if (!one.empty()) target.parameters.emplace_back(std::move(*name), std::move(*value));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return true;
}

}  // namespace

std::optional<Target> ParseTarget(std::string_view text) {
  Target target;
  const size_t question = std::min(text.find('?'), text.size());
  if (!ParsePath(text.substr(0, question), target)) return std::nullopt;
  if (question < text.size() && !ParseQuery(text.substr(question + 1), target)) return std::nullopt;
  return target;
}

Status Parameters::CheckKnown(const std::vector<std::string>& known, const std::vector<std::string>& repeatable) const {
  for (const auto& [name, value] : given_) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string near = Nearest(name, known);
      return Error{Code::kUsage, fmt::format("unknown parameter {}", Quote(name)),
                   near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
    }
    const auto times = std::count_if(given_.begin(), given_.end(), [&](const auto& one) { return one.first == name; });
    if (times > 1 && std::find(repeatable.begin(), repeatable.end(), name) == repeatable.end()) {
      return Error{Code::kUsage, fmt::format("parameter {} was given {} times", Quote(name), times), {}};
    }
  }
  return {};
}

bool Parameters::Has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& one) { return one.first == name; });
}

std::string Parameters::Value(std::string_view name) const {
  const auto found = std::find_if(given_.begin(), given_.end(), [&](const auto& one) { return one.first == name; });
  return found == given_.end() ? std::string() : found->second;
}

std::vector<std::string> Parameters::List(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [given, value] : given_) {
    if (given != name) continue;
    for (size_t at = 0; at <= value.size();) {
      const size_t end = std::min(value.find(',', at), value.size());
      if (end > at) out.push_back(value.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

Result<std::optional<uint64_t>> Parameters::Number(std::string_view name, uint64_t least, uint64_t most) const {
  if (!Has(name)) return std::optional<uint64_t>();
  const std::string text = Value(name);
  uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || text.empty() || number < least || number > most) {
    const std::string range = most == UINT64_MAX ? fmt::format("of {} or more", least) : fmt::format("from {} to {}", least, most);
    return Error{Code::kUsage, fmt::format("{}: {} is no whole number {}", name, Quote(text), range), {}};
  }
  return std::optional(number);
}

Result<bool> Parameters::Flag(std::string_view name) const {
  const std::string text = Value(name);
  if (!Has(name) || text == "false") return false;
  if (text == "true") return true;
  return Error{Code::kUsage, fmt::format("{}: {} is neither true nor false", name, Quote(text)), {}};
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '-'             ? 62
                      : c == '_'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

bool SameSecret(std::string_view given, std::string_view secret) {
  // Digests are of one length, and what two of them have in common says nothing of what the texts have.
  const Digest left = Sha256(given), right = Sha256(secret);
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < left.bytes.size(); ++i) difference = static_cast<uint8_t>(difference | (left.bytes[i] ^ right.bytes[i]));
  return difference == 0;
}

}  // namespace skilltrail::cli::http
