#include "cli/settings.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/temp_dir.h"

namespace skilltrail::cli {
namespace {

using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

Environment Of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

Settings Read(const Arguments& arguments, const std::map<std::string, std::string>& variables) {
  const auto settings = ReadSettings(arguments, Of(variables), true);
  INFO((settings.ok() ? "" : settings.error().message));
  REQUIRE(settings.ok());
  return *settings;
}

TEST_CASE("the store: --store, SKILLTRAIL_STORE, XDG_DATA_HOME, HOME, in this order") {
  std::map<std::string, std::string> variables = {{"HOME", "/h"}};
  REQUIRE(Read({}, variables).store == "/h/.local/share/skilltrail");
  variables["XDG_DATA_HOME"] = "relative is ignored";
  REQUIRE(Read({}, variables).store == "/h/.local/share/skilltrail");
  variables["XDG_DATA_HOME"] = "/x";
  REQUIRE(Read({}, variables).store == "/x/skilltrail");
  variables["SKILLTRAIL_STORE"] = "/s/";
  REQUIRE(Read({}, variables).store == "/s");
  Arguments arguments;
  arguments.AddOption("store", "here/../there");
  REQUIRE(Read(arguments, variables).store == std::filesystem::current_path() / "there");
}

TEST_CASE("a flag goes before the environment, and that before config.toml; an empty variable is none") {
  const TempDir dir;
  WriteFile(dir / "config.toml", "actor = \"config\"\nlock-timeout = 3\ncolor = \"always\"\npager = false\n");
  std::map<std::string, std::string> variables = {{"SKILLTRAIL_STORE", dir.path().string()}, {"SKILLTRAIL_ACTOR", ""}};
  auto settings = Read({}, variables);
  REQUIRE(settings.actor == "config");
  REQUIRE(settings.lock_timeout_ms == 3000);
  REQUIRE(settings.color == ColorWhen::kAlways);
  REQUIRE_FALSE(settings.pager);
  variables["SKILLTRAIL_ACTOR"] = "environment";
  REQUIRE(Read({}, variables).actor == "environment");
  Arguments arguments;
  arguments.AddOption("actor", "flag");
  arguments.AddOption("lock-timeout", "0.25");
  arguments.AddOption("color", "never");
  settings = Read(arguments, variables);
  REQUIRE(settings.actor == "flag");
  REQUIRE(settings.lock_timeout_ms == 250);
  REQUIRE(settings.color == ColorWhen::kNever);
}

TEST_CASE("NO_COLOR turns colour off unless something more special asks for it") {
  REQUIRE(Read({}, {{"HOME", "/h"}}).color == ColorWhen::kAuto);
  REQUIRE(Read({}, {{"HOME", "/h"}, {"NO_COLOR", "1"}}).color == ColorWhen::kNever);
  Arguments arguments;
  arguments.AddOption("color", "always");
  REQUIRE(Read(arguments, {{"HOME", "/h"}, {"NO_COLOR", "1"}}).color == ColorWhen::kAlways);
}

TEST_CASE("a bad value says where it stands") {
  const TempDir dir;
  WriteFile(dir / "config.toml", "lock-timeout = \"soon\"\n");
  const auto settings = ReadSettings({}, Of({{"SKILLTRAIL_STORE", dir.path().string()}}), true);
  REQUIRE_FALSE(settings.ok());
  REQUIRE(settings.error().code == Code::kUsage);
  REQUIRE(settings.error().message == "lock-timeout in " + (dir / "config.toml").string() + " \"soon\": not a number of seconds");
  for (const char* seconds : {"-1", "nan", "1e9", "", "3s"}) {
    Arguments arguments;
    arguments.AddOption("lock-timeout", seconds);
    INFO(seconds);
    REQUIRE_FALSE(ReadSettings(arguments, Of({{"HOME", "/h"}}), true).ok());
  }
}

TEST_CASE("without a need for the store nothing of it is read") {
  const TempDir dir;
  WriteFile(dir / "config.toml", "not toml [");
  REQUIRE(ReadSettings({}, Of({{"SKILLTRAIL_STORE", dir.path().string()}}), false).ok());
  REQUIRE_FALSE(ReadSettings({}, Of({{"SKILLTRAIL_STORE", dir.path().string()}}), true).ok());
}

TEST_CASE("the token: --token-file, SKILLTRAIL_GITHUB_TOKEN, GH_TOKEN, GITHUB_TOKEN, in this order") {
  std::map<std::string, std::string> variables = {{"GITHUB_TOKEN", "third"}};
  REQUIRE(ReadGithub({}, Of(variables))->token == "third");
  variables["GH_TOKEN"] = "second";
  REQUIRE(ReadGithub({}, Of(variables))->token == "second");
  variables["SKILLTRAIL_GITHUB_TOKEN"] = "\t\r\n";
  REQUIRE(ReadGithub({}, Of(variables))->token == "second");
  variables["SKILLTRAIL_GITHUB_TOKEN"] = " \tfirst \t\r\n";
  REQUIRE(ReadGithub({}, Of(variables))->token == "first");
  const TempDir dir;
  WriteFile(dir / "token", "from-file\n");
  Arguments arguments;
  arguments.AddOption("token-file", (dir / "token").string());
  REQUIRE(ReadGithub(arguments, Of(variables))->token == "from-file");
  REQUIRE(ReadGithub({}, Of({}))->token.empty());
}

TEST_CASE("a token file that is missing, empty or holds more than a token is refused without being repeated") {
  const TempDir dir;
  WriteFile(dir / "empty", "\n");
  WriteFile(dir / "lines", "secret-one\nsecret-two\n");
  for (const char* name : {"missing", "empty", "lines"}) {
    Arguments arguments;
    arguments.AddOption("token-file", (dir / name).string());
    const auto options = ReadGithub(arguments, Of({{"GITHUB_TOKEN", "other"}}));
    INFO(name);
    REQUIRE_FALSE(options.ok());
    REQUIRE(options.error().code == Code::kUsage);
    REQUIRE(options.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("a path becomes absolute, without dots and a slash at the end") {
  REQUIRE(AbsolutePath("/a/./b/../c/") == "/a/c");
  REQUIRE(AbsolutePath("/") == "/");
  REQUIRE(AbsolutePath(".") == std::filesystem::current_path());
  REQUIRE(AbsolutePath("x") == std::filesystem::current_path() / "x");
}

}  // namespace
}  // namespace skilltrail::cli
