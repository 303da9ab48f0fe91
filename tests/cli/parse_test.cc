#include "cli/parse.h"

#include <catch2/catch.hpp>

#include "cli/exit_codes.h"

namespace skilltrail::cli {
namespace {

Parsed Good(const std::vector<std::string>& words) {
  auto parsed = Parse(words);
  INFO((parsed.ok() ? "" : parsed.error().message));
  REQUIRE(parsed.ok());
  return *parsed;
}

Error Bad(const std::vector<std::string>& words) {
  const auto parsed = Parse(words);
  REQUIRE_FALSE(parsed.ok());
  REQUIRE(parsed.error().code == Code::kUsage);
  return parsed.error();
}

TEST_CASE("global options stand before or after the command") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"-c", "lib", "--json", "snapshot", "list"},
                                                                 {"snapshot", "-c", "lib", "--json", "list"},
                                                                 {"snapshot", "list", "--json", "--collection=lib"},
                                                                 {"--json", "snapshot", "list", "-clib"}}) {
    const auto parsed = Good(words);
    REQUIRE(parsed.command->path == "snapshot list");
    REQUIRE(parsed.arguments.Value("collection") == "lib");
    REQUIRE(parsed.arguments.Has("json"));
    REQUIRE(parsed.arguments.words().empty());
  }
}

TEST_CASE("a list option takes one value and never the next arguments") {
  const auto parsed = Good({"log", "--type", "tags_imported,tags_edited", "skill:pdf", "--type=run_started"});
  REQUIRE(parsed.arguments.Values("type") == std::vector<std::string>{"tags_imported", "tags_edited", "run_started"});
  REQUIRE(parsed.arguments.words() == std::vector<std::string>{"skill:pdf"});
  REQUIRE(Bad({"log", "--type", ","}).message == "--type: its value is empty");
}

TEST_CASE("a value that looks like an option, an empty one and one in brackets are taken as they stand") {
  const auto parsed = Good({"list", "--tag", "--json", "--name=", "--at", "-1"});
  REQUIRE(parsed.arguments.Value("tag") == "--json");
  REQUIRE(parsed.arguments.Value("at") == "-1");
  REQUIRE(parsed.arguments.Has("name"));
  REQUIRE(parsed.arguments.Value("name").empty());
  REQUIRE_FALSE(parsed.arguments.Has("json"));
  REQUIRE(Good({"remove", "[a,b]", "c"}).arguments.words() == std::vector<std::string>{"[a,b]", "c"});
}

TEST_CASE("behind two dashes everything is an argument") {
  REQUIRE(Good({"show", "--", "--json"}).arguments.words() == std::vector<std::string>{"--json"});
}

TEST_CASE("an artifact may be called like a command") {
  const auto parsed = Good({"show", "list"});
  REQUIRE(parsed.command->path == "show");
  REQUIRE(parsed.arguments.Word(0) == "list");
  REQUIRE(Good({"tags", "pdf"}).command->path == "tags");
  REQUIRE(Good({"tags", "add", "pdf", "x"}).command->path == "tags add");
}

TEST_CASE("of an option given twice the last one counts; a repeated one adds") {
  REQUIRE(Good({"list", "--tag", "a", "--tag", "b"}).arguments.Value("tag") == "b");
  REQUIRE(Good({"drift", "--project", "a,b", "--project", "c"}).arguments.Values("project") == std::vector<std::string>{"a,b", "c"});
}

TEST_CASE("what is misspelt gets a suggestion") {
  REQUIRE(Bad({"statsu"}).hint == "did you mean \"status\"?");
  REQUIRE(Bad({"snapshot", "creat"}).hint == "did you mean \"snapshot create\"?");
  REQUIRE(Bad({"list", "--tpye", "skill"}).hint == "did you mean \"--type\"?");
  REQUIRE(Bad({"log", "-o", "tabel"}).hint == "did you mean \"table\"?");
  REQUIRE(Bad({"--tpye", "list"}).hint == "a command's own options stand after it");
  REQUIRE(Bad({"xyzzy"}).hint == "`skilltrail --help` lists the commands");
}

TEST_CASE("missing and surplus arguments are named") {
  REQUIRE(Bad({"show"}).message == "show: ARTIFACT is missing");
  REQUIRE(Bad({"show", "a", "b"}).message == "show: unexpected argument \"b\"");
  REQUIRE(Bad({"list", "--tag"}).message == "--tag: its value is missing");
  REQUIRE(Bad({"list", "--json=yes"}).message == "--json: it takes no value");
  REQUIRE(Bad({"show", "++"}).message == "unexpected argument \"++\"");
  REQUIRE(Good({"show", "--help"}).command->path == "show");
}

TEST_CASE("every command has one line, two examples, and exit codes with a meaning; names and letters are given once") {
  for (const auto& command : Commands()) {
    INFO(command.path);
    REQUIRE_FALSE(command.summary.empty());
    REQUIRE(command.examples.size() == 2);
    REQUIRE(command.run != nullptr);
    for (const int code : command.exit_codes) REQUIRE(std::string(ExitMeaning(code)) != "");
    std::vector<std::string> names;
    for (const auto& option : GlobalOptions()) names.push_back(option.name);
    for (const auto& option : command.options) names.push_back(option.name);
    for (const auto* options : {&GlobalOptions(), &command.options}) {
      for (const auto& option : *options) {
        if (option.letter != 0) names.emplace_back(1, option.letter);
        REQUIRE(option.metavar.empty() == (option.arity == Option::Arity::kFlag));
      }
    }
    std::sort(names.begin(), names.end());
    REQUIRE(std::adjacent_find(names.begin(), names.end()) == names.end());
    for (const auto& example : command.examples) REQUIRE(example.line.starts_with(command.path));
  }
}

}  // namespace
}  // namespace skilltrail::cli
