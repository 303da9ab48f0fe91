#include "cli/completion.h"

#include <cstdlib>
#include <filesystem>

#include "cli/command.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::cli {
namespace {

using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

// What bash offers behind these words.
std::string Offered(const std::string& words) {
  const TempDir dir;
  WriteFile(dir / "script", BashCompletion() + "COMP_WORDS=(skilltrail " + words +
                                ")\nCOMP_WORDBREAKS=:\nCOMP_LINE=\"${COMP_WORDS[*]}\"\nCOMP_POINT=${#COMP_LINE}\nCOMP_CWORD=$((${#COMP_"
                                "WORDS[@]}-1))\n_skilltrail\necho \"${COMPREPLY[*]}\"\n");
  REQUIRE(std::system(("bash -u '" + (dir / "script").string() + "' > '" + (dir / "out").string() + "'").c_str()) == 0);
  auto out = ReadFile(dir / "out");
  out.pop_back();
  return out;
}

TEST_CASE("bash completes commands, their parts, options and choices") {
  REQUIRE(Offered("sn") == "snapshot");
  REQUIRE(Offered("source ''") == "show accept");
  REQUIRE(Offered("log -o ''") == "table oneline json ndjson csv");
  REQUIRE(Offered("-c work log --output n") == "ndjson");
  REQUIRE(Offered("refresh --me") == "--metadata-only --merge --message");
  REQUIRE(Offered("list --js") == "--json");
  REQUIRE(Offered("completion f") == "fish");
  REQUIRE(Offered("list --help-m").empty());
}

// A program that answers with hostile names, and bash as it is when a person has typed a colon.
constexpr const char* kSession = R"bash(
skilltrail() { echo "$*" >> asked; printf '%s\n' 'skill:pdf' 'skill:$(touch pwned)' 'skill:a b'; }
COMP_WORDBREAKS=$' \t\n":'
COMP_LINE='skilltrail --store s show skill:'
COMP_POINT=${#COMP_LINE}
COMP_WORDS=(skilltrail --store s show skill :)
COMP_CWORD=5
_skilltrail
printf '%s\n' "${COMPREPLY[@]}"
)bash";

TEST_CASE("bash asks the program for names, passes the store on, and never runs what it answers") {
  const TempDir dir;
  const auto script = BashCompletion() + kSession;
  WriteFile(dir / "script", script);
  REQUIRE(std::system(("cd '" + dir.path().string() + "' && bash -u script > out").c_str()) == 0);
  REQUIRE(ReadFile(dir / "asked") == "--store s __complete artifact skill:\n");
  REQUIRE(ReadFile(dir / "out") == "pdf\n\\$\\(touch\\ pwned\\)\na\\ b\n");
  REQUIRE_FALSE(std::filesystem::exists(dir / "pwned"));
}

TEST_CASE("every command stands in every script and in the man page") {
  const auto bash = BashCompletion(), zsh = ZshCompletion(), fish = FishCompletion(), man = ManPage();
  REQUIRE(zsh.starts_with("#compdef skilltrail\n"));
  for (const auto& command : Commands()) {
    if (command.hidden) continue;
    INFO(command.path);
    if (command.hidden) {
      for (const auto& text : {bash, fish}) REQUIRE(text.find("'" + command.path + "')") == std::string::npos);
      REQUIRE(man.find("skilltrail " + command.path) == std::string::npos);
      continue;
    }
    REQUIRE(bash.find("'" + command.path + "')") != std::string::npos);
    REQUIRE(man.find("skilltrail " + command.path) != std::string::npos);
    const auto word = command.path.substr(command.path.rfind(' ') + 1);
    REQUIRE(fish.find(" -a " + word + " ") != std::string::npos);
  }
  REQUIRE(man.find("help\\-man") == std::string::npos);
}

}  // namespace
}  // namespace skilltrail::cli
