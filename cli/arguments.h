// Arguments: what stood on the command line, taken apart by the command table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/id.h"
#include "events/result.h"

namespace skilltrail::cli {

class Arguments {
 public:
  void AddOption(std::string_view option, std::string value);
  void AddWord(std::string word) { words_.push_back(std::move(word)); }

  // How the option was written, "-n" for "limit"; messages repeat what a person typed.
  void SetSpelling(std::string_view option, std::string spelling) { spellings_[std::string(option)] = std::move(spelling); }
  std::string Spelt(std::string_view option) const;

  bool Has(std::string_view option) const { return options_.contains(option); }
  // The last value given; empty if there is none.
  std::string Value(std::string_view option) const;
  // All of them; a list option's values come apart at the commas.
  std::vector<std::string> Values(std::string_view option) const;
  // kUsage naming the option if its value is no number from `least` to `most`.
  Result<std::optional<uint64_t>> Number(std::string_view option, uint64_t least = 0, uint64_t most = UINT64_MAX) const;
  // kUsage with the nearest for an unknown type.
  Result<std::vector<ArtifactType>> Types(std::string_view option) const;

  // The positional arguments.
  const std::vector<std::string>& words() const { return words_; }
  // The one at `index`; empty if there is none.
  std::string Word(size_t index) const { return index < words_.size() ? words_[index] : std::string(); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::map<std::string, std::string, std::less<>> spellings_;
  std::vector<std::string> words_;
};

// The words of a comma-separated list, blanks around them trimmed, empty ones dropped.
std::vector<std::string> SplitList(std::string_view list);
// "did you mean X?", or the choices where none is near.
std::string Suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace skilltrail::cli
