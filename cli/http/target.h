// Target: the path and the parameters of a request, decoded and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/result.h"

namespace skilltrail::cli::http {

struct Target {
  std::vector<std::string> segments;                            // of the path, decoded; none holds '/' or NUL, or is empty, "." or ".."
  std::vector<std::pair<std::string, std::string>> parameters;  // decoded, in their order
};
// Nothing for what is no origin-form target, a broken escape, bytes that are no UTF-8, or a path that plays tricks.
std::optional<Target> ParseTarget(std::string_view target);

// The parameters of one request by name; each question names the parameter in its error.
class Parameters {
 public:
  explicit Parameters(std::vector<std::pair<std::string, std::string>> given) : given_(std::move(given)) {}

  // kUsage for one that is none of `known`, with the nearest, and for one that is given twice and not `repeatable`.
  Status CheckKnown(const std::vector<std::string>& known, const std::vector<std::string>& repeatable) const;
  bool Has(std::string_view name) const;
  std::string Value(std::string_view name) const;  // empty if it is absent
  // Every value, each taken apart at its commas.
  std::vector<std::string> List(std::string_view name) const;
  Result<std::optional<uint64_t>> Number(std::string_view name, uint64_t least, uint64_t most) const;
  Result<bool> Flag(std::string_view name) const;  // absent is false

 private:
  std::vector<std::pair<std::string, std::string>> given_;
};

// Padding may be there or not; nothing for anything that is no base64url.
std::optional<std::string> FromBase64Url(std::string_view text);

// Takes as long for every wrong answer, whatever it has in common with the right one.
bool SameSecret(std::string_view given, std::string_view secret);

}  // namespace skilltrail::cli::http
