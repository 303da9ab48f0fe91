#include "cli/completion.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/text.h"

namespace skilltrail::cli {

const char* CompletesName(Completes completes) {
  switch (completes) {
    case Completes::kNothing:
      return "nothing";
    case Completes::kDirectory:
      return "directory";
    case Completes::kFile:
      return "file";
    case Completes::kArtifact:
      return "artifact";
    case Completes::kCollection:
      return "collection";
    case Completes::kEventType:
      return "type";
    case Completes::kTag:
      return "tag";
    case Completes::kPoint:
      return "point";
    case Completes::kRun:
      return "run";
    case Completes::kSnapshot:
      return "snapshot";
  }
  return "";
}

namespace {

// In single quotes for bash, zsh and fish alike: an apostrophe becomes a typographic one, which needs no escape in any of them.
std::string Quoted(std::string text) {
  for (size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at)) text.replace(at, 1, "\xe2\x80\x99");
  return "'" + text + "'";
}

std::vector<std::string> OptionWords(const std::vector<Option>& options) {
  std::vector<std::string> words;
  for (const auto& option : options) {
    if (option.hidden) continue;
    words.push_back("--" + option.name);
    if (option.letter != 0) words.push_back({'-', option.letter});
  }
  return words;
}

// The words that can follow `prefix` ("" or "snapshot") and lead to a command.
std::vector<std::string> NextWords(const std::string& prefix) {
  std::vector<std::string> words;
  for (const auto& command : Commands()) {
    if (command.hidden || (!prefix.empty() && !command.path.starts_with(prefix + " "))) continue;
    const auto rest = prefix.empty() ? command.path : command.path.substr(prefix.size() + 1);
    const auto word = rest.substr(0, rest.find(' '));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

std::vector<std::string> Choices(const Command& command) {
  return command.positionals.empty() ? std::vector<std::string>() : command.positionals.front().choices;
}

bool IsFile(Completes completes) {
  return completes == Completes::kDirectory || completes == Completes::kFile;
}

// What fills COMPREPLY with what stands in the store, or with files.
std::string BashFill(Completes completes) {
  if (!IsFile(completes)) return fmt::format("_skilltrail_ask {}", CompletesName(completes));
  return fmt::format("COMPREPLY+=($({} -- \"$cur\"))", completes == Completes::kDirectory ? "compgen -d" : "compgen -f");
}

// One arm of the case over "command option": what completes the option's value.
std::string BashValueArm(const std::string& path, const Option& option) {
  if (option.arity == Option::Arity::kFlag) return {};
  std::string patterns = fmt::format("'{} --{}'", path, option.name);
  if (option.letter != 0) patterns += fmt::format("|'{} -{}'", path, option.letter);
  if (path.empty()) {
    patterns = fmt::format("*' --{}'", option.name);
    if (option.letter != 0) patterns += fmt::format("|*' -{}'", option.letter);
  }
  std::string action = "return";
  if (!option.choices.empty()) {
    action = fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return", Join(option.choices, " "));
  } else if (option.completes != Completes::kNothing) {
    action = BashFill(option.completes) + "; return";
  }
  return fmt::format("    {}) {} ;;\n", patterns, action);
}

std::string BashWordsArm(const Command& command) {
  auto words = Choices(command);
  if (FindGroup(command.path) != nullptr) words = NextWords(command.path);
  std::string more;
  if (!command.positionals.empty() && command.positionals.front().completes != Completes::kNothing) {
    more = "; [[ $cur == -* ]] || " + BashFill(command.positionals.front().completes);
  }
  return fmt::format("    '{}') options='{}'; COMPREPLY=($(compgen -W '{}' -- \"$cur\")){} ;;\n", command.path,
                     Join(OptionWords(command.options), " "), Join(words, " "), more);
}

}  // namespace

std::string BashCompletion() {
  std::string values, words;
  for (const auto& command : Commands()) {
    if (command.hidden) continue;
    for (const auto& option : command.options) values += BashValueArm(command.path, option);
    words += BashWordsArm(command);
  }
  for (const auto& option : GlobalOptions()) values += BashValueArm({}, option);
  for (const auto& group : Groups()) {
    if (FindCommand(group.name) == nullptr) {
      words += fmt::format("    '{}') COMPREPLY=($(compgen -W '{}' -- \"$cur\")) ;;\n", group.name, Join(NextWords(group.name), " "));
    }
  }
  std::string paths;
  for (const auto& command : Commands()) {
    if (!command.hidden) paths += fmt::format("'{}'|", command.path);
  }
  for (const auto& group : Groups()) paths += fmt::format("'{}'|", group.name);
  paths.pop_back();
  return fmt::format(
      R"bash(# bash completion of skilltrail; made by `skilltrail completion bash`
# The program itself selects what begins so; its answers are quoted, and never expanded. Bash takes a word apart at its colons: what stands
# before the last one is there already.
_skilltrail_ask() {{
  local whole="$cur" line="${{COMP_LINE:0:${{COMP_POINT:-0}}}}" found before
  [[ -z $line ]] || whole="${{line##* }}"
  before="${{whole%"${{whole##*:}}"}}"
  [[ $COMP_WORDBREAKS == *:* && -n $line ]] || before=''
  while IFS= read -r found; do
    COMPREPLY+=("$(printf '%q' "${{found#"$before"}}")")
  done < <("${{COMP_WORDS[0]:-skilltrail}}" "${{store[@]}}" __complete "$1" "$whole" 2>/dev/null)
}}
_skilltrail() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" path='' options='' word last=''
  local -a store=()
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$last" in
      --store|--collection|-c) store+=("$last" "$word") ;;
    esac
    last="$word"
  done
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "${{path:+$path }}$word" in
      {paths}) path="${{path:+$path }}$word" ;;
    esac
  done
  case "$path $prev" in
{values}  esac
  case "$path" in
    '') COMPREPLY=($(compgen -W '{first}' -- "$cur")) ;;
{words}  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options {globals}" -- "$cur"))
  fi
}}
complete -F _skilltrail skilltrail
)bash",
      fmt::arg("paths", paths), fmt::arg("values", values), fmt::arg("first", Join(NextWords({}), " ")), fmt::arg("words", words),
      fmt::arg("globals", Join(OptionWords(GlobalOptions()), " ")));
}

// zsh runs bash's completions; the one thing it needs is bashcompinit.
std::string ZshCompletion() {
  return "#compdef skilltrail\n# zsh completion of skilltrail; made by `skilltrail completion zsh`\nautoload -Uz bashcompinit && "
         "bashcompinit\n" +
         BashCompletion();
}

namespace {

// What fish runs for the candidates; empty for what it knows itself.
std::string FishAsks(Completes completes) {
  if (completes == Completes::kNothing || IsFile(completes)) return {};
  return fmt::format("'(skilltrail __complete {} (commandline -ct) 2>/dev/null)'", CompletesName(completes));
}

}  // namespace

std::string FishCompletion() {
  std::string out = "# fish completion of skilltrail; made by `skilltrail completion fish`\ncomplete -c skilltrail -f\n";
  const auto complete = [&](const std::string& when, const Option& option) {
    if (option.hidden) return;
    out += "complete -c skilltrail";
    if (!when.empty()) out += " -n " + Quoted(when);
    out += " -l " + option.name;
    if (option.letter != 0) out += fmt::format(" -s {}", option.letter);
    if (option.arity != Option::Arity::kFlag) out += IsFile(option.completes) ? " -r -F" : " -x";
    if (const auto asks = FishAsks(option.completes); !asks.empty()) out += " -a " + asks;
    if (!option.choices.empty()) out += " -a " + Quoted(Join(option.choices, " "));
    out += " -d " + Quoted(option.help) + "\n";
  };
  for (const auto& option : GlobalOptions()) complete({}, option);
  for (const auto& word : NextWords({})) {
    const auto* command = FindCommand(word);
    out += fmt::format("complete -c skilltrail -n __fish_use_subcommand -a {} -d {}\n", word,
                       Quoted(command != nullptr ? command->summary : FindGroup(word)->summary));
  }
  for (const auto& group : Groups()) {
    for (const auto& word : NextWords(group.name)) {
      out += fmt::format("complete -c skilltrail -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", group.name, word,
                         Quoted(FindCommand(group.name + " " + word)->summary));
    }
  }
  for (const auto& command : Commands()) {
    if (command.hidden) continue;
    const auto space = command.path.find(' ');
    auto when = "__fish_seen_subcommand_from " + command.path.substr(0, space);
    if (space != std::string::npos) when += "; and __fish_seen_subcommand_from " + command.path.substr(space + 1);
    for (const auto& option : command.options) complete(when, option);
    if (!command.positionals.empty()) {
      if (const auto asks = FishAsks(command.positionals.front().completes); !asks.empty()) {
        out += fmt::format("complete -c skilltrail -n {} -a {}\n", Quoted(when), asks);
      }
    }
    if (!Choices(command).empty()) {
      out += fmt::format("complete -c skilltrail -n {} -a {}\n", Quoted(when), Quoted(Join(Choices(command), " ")));
    }
  }
  return out;
}

}  // namespace skilltrail::cli
