#include "cli/settings.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "engine/manifest/manifest.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

constexpr const char* kTokenVariables[] = {"SKILLTRAIL_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"};
// As the curl program reads them; libcurl leaves that to it.
constexpr const char* kAuthoritiesVariables[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
constexpr size_t kMaxTokenBytes = 4096;
constexpr double kMaxLockTimeoutSeconds = 86'400;

struct Account {
  std::string name;
  std::string home;
};

Account AccountOfProcess() {
  passwd record{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getpwuid_r(geteuid(), &record, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return {found->pw_name, found->pw_dir};
  return {std::to_string(geteuid()), {}};
}

std::string DefaultActor() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = 0;
  return fmt::format("{}@{}", AccountOfProcess().name, host[0] == 0 ? "localhost" : host.data());
}

Result<std::filesystem::path> StoreDirectory(const Arguments& arguments, const Environment& environment) {
  if (arguments.Has("store")) {
    if (arguments.Value("store").empty()) return Error{Code::kUsage, "--store: its value is empty", {}};
    return AbsolutePath(arguments.Value("store"));
  }
  if (const auto store = environment("SKILLTRAIL_STORE"); !store.empty()) return AbsolutePath(store);
  // The XDG base directory specification has relative paths ignored.
  if (const auto data = environment("XDG_DATA_HOME"); data.starts_with('/')) return std::filesystem::path(data) / "skilltrail";
  auto home = environment("HOME");
  if (home.empty()) home = AccountOfProcess().home;
  if (home.empty()) return Error{Code::kUsage, "finding the store: HOME is not set", "name it with --store DIR"};
  return std::filesystem::path(home) / ".local/share/skilltrail";
}

// What a setting says and where it stands, for messages.
struct Found {
  std::string value;
  std::string where;
};

class Lookup {
 public:
  Lookup(const Arguments& arguments, const Environment& environment, std::map<std::string, std::string> config, std::filesystem::path file)
      : arguments_(arguments), environment_(environment), config_(std::move(config)), file_(std::move(file)) {}

  Found Find(const char* name, const char* variable) const {
    if (arguments_.Has(name)) return {arguments_.Value(name), fmt::format("--{}", name)};
    if (variable != nullptr) {
      if (auto value = environment_(variable); !value.empty()) return {std::move(value), variable};
    }
    const auto found = config_.find(name);
    if (found != config_.end()) return {found->second, fmt::format("{} in {}", name, file_.string())};
    return {};
  }

 private:
  const Arguments& arguments_;
  const Environment& environment_;
  std::map<std::string, std::string> config_;
  std::filesystem::path file_;
};

Result<int> LockTimeoutMs(const Found& found, int otherwise) {
  if (found.where.empty()) return otherwise;
  double seconds = 0;
  const auto* last = found.value.data() + found.value.size();
  const auto [end, fault] = std::from_chars(found.value.data(), last, seconds);
  if (fault != std::errc() || end != last || !(seconds >= 0 && seconds <= kMaxLockTimeoutSeconds)) {
    return Error{Code::kUsage, fmt::format("{} {}: not a number of seconds", found.where, Quote(found.value)), "0 does not wait"};
  }
  return static_cast<int>(seconds * 1000);
}

Result<ColorWhen> Color(const Found& found, const Environment& environment) {
  if (found.where.empty()) return environment("NO_COLOR").empty() ? ColorWhen::kAuto : ColorWhen::kNever;
  if (found.value == "auto") return ColorWhen::kAuto;
  if (found.value == "always") return ColorWhen::kAlways;
  if (found.value == "never") return ColorWhen::kNever;
  return Error{Code::kUsage, fmt::format("{} {}: unknown value", found.where, Quote(found.value)), "it is one of auto, always, never"};
}

Result<bool> Pager(const Arguments& arguments, const Found& found) {
  if (arguments.Has("no-pager")) return false;
  if (found.where.empty() || found.value == "true") return true;
  if (found.value == "false") return false;
  return Error{Code::kUsage, fmt::format("{} {}: unknown value", found.where, Quote(found.value)), "it is true or false"};
}

Result<std::string> CleanToken(std::string token, const std::string& where) {
  constexpr std::string_view kBlank = " \t\r\n";
  token.erase(token.find_last_not_of(kBlank) + 1);
  token.erase(0, token.find_first_not_of(kBlank));
  const bool printable =
      token.find_first_not_of("!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") ==
      std::string::npos;
  if (token.empty() || !printable)
    return Error{Code::kUsage, fmt::format("{}: it does not hold a token", where), "a token is one line of plain characters"};
  return token;
}

}  // namespace

std::string ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path AbsolutePath(const std::string& text) {
  std::error_code fault;
  auto path = std::filesystem::absolute(text, fault);
  if (fault) path = text;  // The working directory is gone: whoever opens the path says so.
  path = path.lexically_normal();
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

Result<Settings> ReadSettings(const Arguments& arguments, const Environment& environment, bool with_store) {
  Settings settings;
  std::map<std::string, std::string> config;
  if (with_store) {
    ASSIGN_OR_RETURN(settings.store, StoreDirectory(arguments, environment));
    ASSIGN_OR_RETURN(config, manifest::ReadConfig(settings.store / "config.toml"));
  }
  const Lookup lookup(arguments, environment, std::move(config), settings.store / "config.toml");
  settings.collection = lookup.Find("collection", "SKILLTRAIL_COLLECTION").value;
  settings.actor = lookup.Find("actor", "SKILLTRAIL_ACTOR").value;
  if (settings.actor.empty() && with_store) settings.actor = DefaultActor();
  ASSIGN_OR_RETURN(settings.color, Color(lookup.Find("color", nullptr), environment));
  ASSIGN_OR_RETURN(settings.lock_timeout_ms, LockTimeoutMs(lookup.Find("lock-timeout", nullptr), settings.lock_timeout_ms));
  ASSIGN_OR_RETURN(settings.pager, Pager(arguments, lookup.Find("pager", nullptr)));
  settings.at = arguments.Value("at");
  if (arguments.Has("at") && settings.at.empty()) return Error{Code::kUsage, "--at: its value is empty", {}};
  settings.json = arguments.Has("json");
  settings.quiet = arguments.Has("quiet");
  settings.verbose = arguments.Has("verbose");
  settings.yes = arguments.Has("yes");
  return settings;
}

Result<upstream::GithubOptions> ReadGithub(const Arguments& arguments, const Environment& environment) {
  upstream::GithubOptions options;
  if (const auto api = environment("SKILLTRAIL_GITHUB_API"); !api.empty()) options.api = api;
  for (const char* name : kAuthoritiesVariables) {
    if (options.ca_file.empty()) options.ca_file = environment(name);
  }
  options.wait_for_limit = arguments.Has("wait");
  if (arguments.Has("token-file")) {
    ASSIGN_OR_RETURN(options.token, ReadTokenFile(arguments.Value("token-file")));
    return options;
  }
  for (const char* name : kTokenVariables) {
    const auto token = environment(name);
    if (token.find_first_not_of(" \t\r\n") == std::string::npos) continue;  // a file that was empty, read into the variable
    ASSIGN_OR_RETURN(options.token, CleanToken(token, name));
    break;
  }
  return options;
}

Result<std::string> ReadTokenFile(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxTokenBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return Error{Code::kUsage, fmt::format("--token-file {}: {}", file, std::generic_category().message(errno)), {}};
  }
  text.resize(static_cast<size_t>(in.gcount()));
  return CleanToken(std::move(text), "--token-file " + file);
}

std::vector<std::string> KnownSecrets(const Environment& environment) {
  std::vector<std::string> secrets;
  for (const char* name : kTokenVariables) {
    if (auto token = environment(name); !token.empty()) secrets.push_back(std::move(token));
  }
  return secrets;
}

}  // namespace skilltrail::cli
