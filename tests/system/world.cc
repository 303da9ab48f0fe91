#include "tests/system/world.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

namespace skilltrail::testing {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string Joined(const Arguments& arguments) {
  std::string line;
  for (const auto& argument : arguments) line += (line.empty() ? "" : " ") + argument;
  return line;
}

}  // namespace

std::map<std::string, std::string> FilesBelow(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), directory).string()] = ReadFile(entry.path());
  }
  return files;
}

World::World(SiteOptions site) : github_(std::make_unique<GithubServer>(GithubServerOptions{.site = std::move(site), .port = 0})) {
  github_->site().With([](GithubWorld& world) { world.Load(fs::path(SKILLTRAIL_SOURCE_DIR) / "tests" / "data" / "github"); });
  fs::create_directories(scratch());
  environment = {{"PATH", "/usr/bin:/bin"},
                 {"HOME", root().string()},
                 {"TZ", "UTC"},
                 {"LC_ALL", "C.UTF-8"},
                 {"SKILLTRAIL_ACTOR", "ada@lovelace"},
                 {"SKILLTRAIL_STORE", store().string()},
                 {"SKILLTRAIL_GITHUB_API", github_->url()}};
  REQUIRE(Run({"init"}).code == 0);
}

Program World::Start(const Arguments& arguments) const {
  std::vector<std::string> all = {SKILLTRAIL_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Program(all, environment, scratch());
}

Ending World::Run(const Arguments& arguments) const {
  return Start(arguments).Wait();
}

json World::JsonEnding(int code, Arguments arguments) const {
  arguments.insert(arguments.begin(), "--json");
  const auto ending = Run(arguments);
  INFO("skilltrail " << Joined(arguments) << "\n" << ending.out << ending.err);
  REQUIRE(ending.code == code);
  const auto document = json::parse(ending.out, nullptr, false);
  REQUIRE(!document.is_discarded());
  return document;
}

json World::Json(Arguments arguments) const {
  return JsonEnding(0, std::move(arguments));
}

LogHead World::Head() const {
  const auto report = Json({"verify"});
  INFO(report.dump());
  REQUIRE(report.at("ok") == true);
  REQUIRE(report.at("problems").empty());
  return LogHead{.seq = report.at("head").at("seq"), .hash = report.at("head").at("hash")};
}

std::vector<json> World::Events(Arguments filters) const {
  filters.insert(filters.begin(), {"log", "--reverse", "-o", "ndjson"});
  const auto ending = Run(filters);
  INFO("skilltrail " << Joined(filters) << "\n" << ending.err);
  REQUIRE(ending.code == 0);
  std::vector<json> events;
  std::istringstream lines(ending.out);
  for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
  return events;
}

void World::RequireDiskFollowsLog(const std::string& name) const {
  for (const auto& entry : fs::recursive_directory_iterator(store() / "collections")) {
    INFO(entry.path());
    REQUIRE(entry.path().filename().string().rfind(".skilltrail", 0) != 0);
  }
  const auto target = scratch() / "as-logged";
  fs::remove_all(target);
  const auto restored = Run({"-c", name, "restore", "--at", "@", "--to", target.string()});
  INFO(restored.err);
  REQUIRE(restored.code == 0);
  auto logged = FilesBelow(target);
  auto present = FilesBelow(collection(name));
  // The manifest is made of the log, not kept in it.
  for (auto* files : {&logged, &present}) {
    for (const auto* made : {"collection.toml", "collection.lock"}) files->erase(made);
  }
  for (const auto& [path, bytes] : logged) {
    INFO(path);
    REQUIRE(present.count(path) == 1);
    REQUIRE((present.at(path) == bytes));
  }
  for (const auto& [path, bytes] : present) {
    // A manifest's temporary file is swept by a later write of it, once it is old.
    if (path.rfind(".collection.", 0) == 0) continue;
    INFO(path);
    REQUIRE(logged.count(path) == 1);
  }
}

void World::Set(const json& fields) const {
  const auto answer = github_->site().Control("set", fields);
  INFO(answer.dump());
  REQUIRE((!answer.is_object() || !answer.contains("error")));
}

void WriteSkill(const fs::path& folder, const std::string& description, const std::string& body) {
  WriteFile(folder / "SKILL.md", "---\nname: " + folder.filename().string() + "\ndescription: " + description + "\n---\n\n" + body);
}

}  // namespace skilltrail::testing
