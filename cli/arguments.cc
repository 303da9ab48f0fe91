#include "cli/arguments.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "events/name.h"

namespace skilltrail::cli {

void Arguments::AddOption(std::string_view option, std::string value) {
  options_[std::string(option)].push_back(std::move(value));
}

std::string Arguments::Spelt(std::string_view option) const {
  const auto spelling = spellings_.find(option);
  return spelling == spellings_.end() ? fmt::format("--{}", option) : spelling->second;
}

std::string Arguments::Value(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::Values(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<uint64_t>> Arguments::Number(std::string_view option, uint64_t least, uint64_t most) const {
  if (!Has(option)) return std::optional<uint64_t>();
  const auto text = Value(option);
  uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return std::optional(number);
  auto wanted = most == UINT64_MAX ? fmt::format("a whole number from {}", least) : fmt::format("a number from {} to {}", least, most);
  return Error{Code::kUsage, fmt::format("{} {}: not {}", Spelt(option), Quote(text), wanted), {}};
}

Result<std::vector<ArtifactType>> Arguments::Types(std::string_view option) const {
  std::vector<ArtifactType> types;
  for (const auto& word : Values(option)) {
    const auto type = ParseType(word);
    if (!type) {
      std::vector<std::string> known;
      for (const auto one : AllTypes()) known.emplace_back(TypeName(one));
      return Error{Code::kUsage, fmt::format("{} {}: unknown artifact type", Spelt(option), Quote(word)), Suggestion(word, known)};
    }
    types.push_back(*type);
  }
  return types;
}

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> words;
  for (size_t start = 0; start <= list.size();) {
    const auto end = std::min(list.find(',', start), list.size());
    auto word = list.substr(start, end - start);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
    start = end + 1;
  }
  return words;
}

std::string Suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto nearest = Nearest(word, candidates);
  return nearest.empty() ? fmt::format("it is one of {}", fmt::join(candidates, ", ")) : fmt::format("did you mean \"{}\"?", nearest);
}

}  // namespace skilltrail::cli
