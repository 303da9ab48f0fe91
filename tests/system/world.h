// World: a home with a store in it, the pretended GitHub beside it, and what every test asks of both from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/github_server.h"
#include "tests/support/temp_dir.h"
#include "tests/system/program.h"

namespace skilltrail::testing {

using Arguments = std::vector<std::string>;

// An event's place and what binds it to all before it.
struct LogHead {
  int64_t seq = 0;
  std::string hash;
  bool operator==(const LogHead&) const = default;
};

// Regular files below a directory: relative path to bytes.
std::map<std::string, std::string> FilesBelow(const std::filesystem::path& directory);

class World {
 public:
  // With the repositories of tests/data/github, and a store that `init` made.
  explicit World(SiteOptions site = {});

  Program Start(const Arguments& arguments) const;
  Ending Run(const Arguments& arguments) const;
  // Requires exit 0, and takes stdout as the JSON document that it must be.
  nlohmann::json Json(Arguments arguments) const;
  // The same of a command that may end with `code`.
  nlohmann::json JsonEnding(int code, Arguments arguments) const;
  // The head that `verify` finds; requires that it finds nothing else.
  LogHead Head() const;
  // Events of the log, oldest first, as `log` filters them.
  std::vector<nlohmann::json> Events(Arguments filters) const;

  // Requires that the files of every artifact of the collection are what the log says at its head, and nothing half done lies about.
  void RequireDiskFollowsLog(const std::string& collection) const;

  // Moves what GitHub says; members as in GithubSite's `set`.
  void Set(const nlohmann::json& fields) const;
  GithubServer& github() const { return *github_; }
  void CloseGithub() { github_.reset(); }

  std::map<std::string, std::string> environment;
  std::filesystem::path root() const { return dir_.path(); }
  std::filesystem::path store() const { return dir_ / "store"; }
  std::filesystem::path collection(const std::string& name = "default") const { return store() / "collections" / name; }
  std::filesystem::path scratch() const { return dir_ / "scratch"; }
  std::string anchor() const { return ReadFile(store() / "HEAD"); }

 private:
  TempDir dir_;
  std::unique_ptr<GithubServer> github_;
};

// A skill's folder, made.
void WriteSkill(const std::filesystem::path& folder, const std::string& description, const std::string& body = "Do it.\n");

}  // namespace skilltrail::testing
