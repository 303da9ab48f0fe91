#include "cli/parse.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "events/name.h"

namespace skilltrail::cli {
namespace {

using Options = std::vector<const Option*>;

Options OptionsOf(const Command* command) {
  Options options;
  for (const auto& option : GlobalOptions()) options.push_back(&option);
  if (command != nullptr) {
    for (const auto& option : command->options) options.push_back(&option);
  }
  return options;
}

const Option* FindOption(const Options& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option* option) { return option->name == name; });
  return found == options.end() ? nullptr : *found;
}

const Option* FindLetter(const Options& options, char letter) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option* option) { return option->letter == letter; });
  return found == options.end() ? nullptr : *found;
}

bool TakesValue(const Option* option) {
  return option != nullptr && option->arity != Option::Arity::kFlag;
}

bool LooksLikeOption(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

// True if the option word `word` needs the word after it as its value.
bool TakesNextWord(const Options& options, std::string_view word) {
  if (word.starts_with("--")) return word.find('=') == std::string_view::npos && TakesValue(FindOption(options, word.substr(2)));
  for (size_t i = 1; i < word.size(); ++i) {
    if (TakesValue(FindLetter(options, word[i]))) return i + 1 == word.size();
  }
  return false;
}

// The index of the first word at or after `start` that is neither an option nor an option's value; words.size() if there is none.
size_t NextPlainWord(const std::vector<std::string>& words, const Options& options, size_t start) {
  for (size_t i = start; i < words.size(); ++i) {
    if (words[i] == "--") return words.size();
    if (!LooksLikeOption(words[i])) return i;
    if (TakesNextWord(options, words[i])) ++i;
  }
  return words.size();
}

Error UnknownOption(const Options& options, const std::string& word) {
  const auto name = word.substr(0, word.find('='));
  Error error{Code::kUsage, fmt::format("unknown option {}", Quote(name)), {}};
  if (!name.starts_with("--")) return error;
  std::vector<std::string> known;
  for (const auto* option : options) known.push_back("--" + option->name);
  const auto nearest = Nearest(name, known);
  if (!nearest.empty()) error.hint = fmt::format("did you mean \"{}\"?", nearest);
  return error;
}

Error UnknownCommand(const std::string& group, const std::string& word) {
  const auto prefix = group.empty() ? std::string() : group + " ";
  std::vector<std::string> known;
  for (const auto& command : Commands()) {
    if (command.hidden || !command.path.starts_with(prefix)) continue;
    const auto rest = command.path.substr(prefix.size());
    const auto next = rest.substr(0, rest.find(' '));
    if (std::find(known.begin(), known.end(), next) == known.end()) known.push_back(next);
  }
  const auto nearest = Nearest(word, known);
  Error error{Code::kUsage, fmt::format("unknown command {}", Quote(prefix + word)), {}};
  if (!nearest.empty()) {
    error.hint = fmt::format("did you mean \"{}{}\"?", prefix, nearest);
  } else {
    error.hint = group.empty() ? "`skilltrail --help` lists the commands" : fmt::format("it is one of {}", fmt::join(known, ", "));
  }
  return error;
}

struct Named {
  const Command* command = nullptr;
  const Group* group = nullptr;
  std::vector<std::string> rest;  // the words without those that name the command
};

// Which command the words name. Only its own App is built then: quicker than thirty subcommands, and free of CLI11's rules for words that
// fall through.
Result<Named> FindNamed(const std::vector<std::string>& words) {
  Named named;
  named.rest = words;
  const auto globals = OptionsOf(nullptr);
  const auto first = NextPlainWord(words, globals, 0);
  for (size_t i = 0; i < std::min(first, words.size()); ++i) {
    const bool known = words[i].starts_with("--") ? FindOption(globals, words[i].substr(2, words[i].find('=') - 2)) != nullptr
                                                  : FindLetter(globals, words[i].size() > 1 ? words[i][1] : 0) != nullptr;
    if (words[i] == "--" || (LooksLikeOption(words[i]) && !known)) {
      auto error = UnknownOption(globals, words[i]);
      if (error.hint.empty()) error.hint = "a command's own options stand after it";
      return error;
    }
    if (TakesNextWord(globals, words[i])) ++i;
  }
  if (first >= words.size()) return named;

  named.command = FindCommand(words[first]);
  named.group = FindGroup(words[first]);
  if (named.command == nullptr && named.group == nullptr) return UnknownCommand("", words[first]);
  named.rest.erase(named.rest.begin() + static_cast<std::ptrdiff_t>(first));
  if (named.group == nullptr) return named;
  const auto second = NextPlainWord(named.rest, OptionsOf(named.command), first);
  if (second >= named.rest.size()) return named;
  const auto* inner = FindCommand(words[first] + " " + named.rest[second]);
  if (inner == nullptr) {
    if (named.command == nullptr) return UnknownCommand(words[first], named.rest[second]);
    return named;
  }
  named.command = inner;
  named.rest.erase(named.rest.begin() + static_cast<std::ptrdiff_t>(second));
  return named;
}

// CLI11 2.1.2 reads `--option=` with nothing behind it as "the value is the next word", and "++" as the end of all arguments.
Result<std::vector<std::string>> PrepareWords(const std::vector<std::string>& words, const Options& options) {
  std::vector<std::string> prepared;
  bool only_words = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (only_words || !LooksLikeOption(word)) {
      if (word == "++") return Error{Code::kUsage, "unexpected argument \"++\"", {}};
      prepared.push_back(word);
      continue;
    }
    only_words = word == "--";
    const auto equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) {
      const auto* option = FindOption(options, word.substr(2, equals - 2));
      if (option != nullptr && !TakesValue(option)) {
        return Error{Code::kUsage, fmt::format("--{}: it takes no value", option->name), {}};
      }
      if (option != nullptr) {
        prepared.push_back(word.substr(0, equals));
        prepared.push_back(word.substr(equals + 1));
        continue;
      }
    }
    prepared.push_back(word);
    if (TakesNextWord(options, word)) {
      if (i + 1 == words.size()) return Error{Code::kUsage, fmt::format("{}: its value is missing", word), {}};
      prepared.push_back(words[++i]);
    }
  }
  return prepared;
}

// Whether a person wrote the option's letter and not its name.
bool SpeltShort(const std::vector<std::string>& words, const Option& option) {
  if (option.letter == 0) return false;
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--" + option.name) == end;
}

Status CheckChoice(const std::string& place, const std::string& value, const std::vector<std::string>& choices) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return Error{Code::kUsage, fmt::format("{} {}: unknown value", place, Quote(value)), Suggestion(value, choices)};
}

Status TakeOption(const Option& option, const CLI::Option& given, Arguments* out) {
  if (given.count() == 0) return {};
  if (option.arity == Option::Arity::kFlag) {
    out->AddOption(option.name, "true");
    return {};
  }
  for (const auto& value : given.results()) {
    const auto values = option.arity == Option::Arity::kList ? SplitList(value) : std::vector<std::string>{value};
    if (values.empty()) return Error{Code::kUsage, fmt::format("{}: its value is empty", out->Spelt(option.name)), {}};
    for (const auto& one : values) {
      RETURN_IF_ERROR(CheckChoice(out->Spelt(option.name), one, option.choices));
      out->AddOption(option.name, one);
    }
  }
  return {};
}

// Positional arguments are not declared to CLI11, which would take "[a,b]" apart: they are what it leaves.
Status TakeWords(const std::vector<std::string>& remaining, const Options& options, Arguments* out) {
  bool only_words = false;
  for (const auto& word : remaining) {
    if (!only_words && word == "--") {
      only_words = true;
    } else if (!only_words && LooksLikeOption(word)) {
      return UnknownOption(options, word);
    } else {
      out->AddWord(word);
    }
  }
  return {};
}

Status CheckWords(const Command& command, const Arguments& arguments) {
  const auto& words = arguments.words();
  const auto& places = command.positionals;
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].required && words.size() <= i) {
      return Error{Code::kUsage, fmt::format("{}: {} is missing", command.path, places[i].name),
                   fmt::format("see `skilltrail {} --help`", command.path)};
    }
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (i >= places.size() && (places.empty() || !places.back().many)) {
      return Error{Code::kUsage, fmt::format("{}: unexpected argument {}", command.path, Quote(words[i])),
                   fmt::format("see `skilltrail {} --help`", command.path)};
    }
    const auto& place = places[std::min(i, places.size() - 1)];
    RETURN_IF_ERROR(CheckChoice(place.name, words[i], place.choices));
  }
  return {};
}

}  // namespace

Result<Parsed> Parse(const std::vector<std::string>& words) {
  ASSIGN_OR_RETURN(const auto named, FindNamed(words));
  Parsed parsed{.command = named.command, .group = named.group};
  const auto options = OptionsOf(named.command);
  ASSIGN_OR_RETURN(auto prepared, PrepareWords(named.rest, options));
  try {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<const CLI::Option*> given;
    for (const auto* option : options) {
      auto names = "--" + option->name;
      if (option->letter != 0) names += fmt::format(",-{}", option->letter);
      if (TakesValue(option)) {
        given.push_back(app.add_option(names)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
      } else {
        given.push_back(app.add_flag(names)->disable_flag_override());
      }
    }
    for (const auto* option : options) {
      if (SpeltShort(prepared, *option)) parsed.arguments.SetSpelling(option->name, {'-', option->letter});
    }
    std::reverse(prepared.begin(), prepared.end());
    app.parse(std::move(prepared));
    for (size_t i = 0; i < options.size(); ++i) RETURN_IF_ERROR(TakeOption(*options[i], *given[i], &parsed.arguments));
    RETURN_IF_ERROR(TakeWords(app.remaining(), options, &parsed.arguments));
  } catch (const CLI::Error& error) {
    return Error{Code::kUsage, error.what(), {}};
  }
  if (named.command != nullptr && !parsed.arguments.Has("help")) RETURN_IF_ERROR(CheckWords(*named.command, parsed.arguments));
  return parsed;
}

}  // namespace skilltrail::cli
