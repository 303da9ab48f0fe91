// Settings: what flags, the environment and the store's config.toml say, in this order of precedence. The only reader of the environment.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "engine/upstream/github.h"
#include "events/result.h"

namespace skilltrail::cli {

// The value of an environment variable; empty if it is not set, which for all of ours is the same as an empty one.
using Environment = std::function<std::string(const char* name)>;
std::string ProcessEnvironment(const char* name);

enum class ColorWhen { kAuto, kAlways, kNever };

struct Settings {
  std::filesystem::path store;  // absolute; not looked at
  std::string collection;       // empty: the store's default, which the engine knows
  std::string actor;
  std::string at;
  ColorWhen color = ColorWhen::kAuto;
  int lock_timeout_ms = 10'000;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool pager = true;
  bool yes = false;
};

// Keys of config.toml that are read here: actor, color, lock-timeout, pager. A missing file is an empty one; kUsage for a bad value, naming
// where it stands. Flags and environment alone decide if `with_store` is false.
Result<Settings> ReadSettings(const Arguments& arguments, const Environment& environment, bool with_store);

// Where GitHub is and how to be let in: --token-file, SKILLTRAIL_GITHUB_TOKEN, GH_TOKEN, GITHUB_TOKEN, in this order;
// SKILLTRAIL_GITHUB_API.
Result<upstream::GithubOptions> ReadGithub(const Arguments& arguments, const Environment& environment);

// The token that stands in a file. kUsage naming the file if it can't be read or holds none.
Result<std::string> ReadTokenFile(const std::string& file);

// Values of the environment that must not be repeated anywhere.
std::vector<std::string> KnownSecrets(const Environment& environment);

// The text as an absolute path, without "." and ".." and without a slash at the end.
std::filesystem::path AbsolutePath(const std::string& text);

}  // namespace skilltrail::cli
