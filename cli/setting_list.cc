#include "cli/setting_list.h"

#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "cli/secrets.h"
#include "engine/manifest/manifest.h"
#include "events/name.h"

namespace skilltrail::cli {
namespace {

struct Key {
  const char* name;
  const char* flag;      // null: none
  const char* variable;  // null: none
  const char* in_file;   // its key in config.toml; null: it cannot stand there
  const char* otherwise;
};

constexpr Key kKeys[] = {
    {"actor", "actor", "SKILLTRAIL_ACTOR", "actor", nullptr},
    {"collection", "collection", "SKILLTRAIL_COLLECTION", "settings.default-collection", "default"},
    {"color", "color", nullptr, "color", "auto"},
    {"github-api", nullptr, "SKILLTRAIL_GITHUB_API", nullptr, "https://api.github.com"},
    {"github-token", "token-file", nullptr, nullptr, nullptr},
    {"lock-timeout", "lock-timeout", nullptr, "lock-timeout", "10"},
    {"pager", nullptr, nullptr, "pager", "true"},
    {"store", "store", "SKILLTRAIL_STORE", nullptr, nullptr},
};

const Key* FindKey(const std::string& name) {
  const auto found = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& key) { return name == key.name; });
  return found == std::end(kKeys) ? nullptr : found;
}

Result<Setting> SettingOf(const Key& key, const Arguments& arguments, const Environment& environment, const std::filesystem::path& store,
                          const std::map<std::string, std::string>& config) {
  Setting setting{key.name, {}, "default", key.in_file != nullptr};
  const auto set = [&](std::string value, std::string origin) {
    setting.value = std::move(value);
    setting.origin = std::move(origin);
  };
  const std::string name = key.name;
  if (key.flag != nullptr && arguments.Has(key.flag)) {
    set(arguments.Value(key.flag), fmt::format("--{}", key.flag));
  } else if (name == "pager" && arguments.Has("no-pager")) {
    set("false", "--no-pager");
  } else if (const auto value = key.variable == nullptr ? std::string() : environment(key.variable); !value.empty()) {
    set(ScrubSecrets(value), key.variable);
  } else if (const auto found = key.in_file == nullptr ? config.end() : config.find(key.in_file); found != config.end()) {
    set(found->second, (store / "config.toml").string());
  } else if (name == "color" && !environment("NO_COLOR").empty()) {
    set("never", "NO_COLOR");
  } else if (key.otherwise != nullptr) {
    setting.value = key.otherwise;
  }
  if (name == "store") setting.value = store.string();
  if (name == "store" && setting.origin == "default" && environment("XDG_DATA_HOME").starts_with('/')) setting.origin = "XDG_DATA_HOME";
  if (name == "actor" && setting.origin == "default") {
    ASSIGN_OR_RETURN(const auto settings, ReadSettings(arguments, environment, true));
    setting.value = settings.actor;
  }
  if (name != "github-token") return setting;
  setting.value = setting.origin == "default" ? "" : "(set)";
  for (const char* variable : {"SKILLTRAIL_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"}) {
    if (setting.value.empty() && !environment(variable).empty()) set("(set)", variable);
  }
  return setting;
}

// The values are those that ReadSettings takes from the file.
Status CheckValue(const std::string& key, const std::string& value) {
  if (key == "pager" && value != "true" && value != "false") {
    return Error{Code::kUsage, fmt::format("pager {}: unknown value", Quote(value)), "it is true or false"};
  }
  if (key == "actor" &&
      (!IsUtf8(value) || std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }))) {
    return Error{Code::kUsage, fmt::format("actor {}: not plain text", Quote(value)), {}};
  }
  if (key != "color" && key != "lock-timeout") return {};
  Arguments arguments;
  arguments.AddOption(key, value);
  const auto read = ReadSettings(
      arguments, [](const char*) { return std::string(); }, false);
  if (read.ok()) return {};
  // It speaks of the option of the same name.
  Error error = read.error();
  if (error.message.starts_with("--")) error.message.erase(0, 2);
  return error;
}

}  // namespace

Status CheckSettingKey(const std::string& key) {
  if (FindKey(key) != nullptr) return {};
  std::vector<std::string> known;
  for (const auto& one : kKeys) known.emplace_back(one.name);
  return Error{Code::kUsage, fmt::format("unknown setting {}", Quote(key)), Suggestion(key, known)};
}

Result<std::vector<Setting>> ListSettings(const Arguments& arguments, const Environment& environment, const std::filesystem::path& store) {
  ASSIGN_OR_RETURN(const auto config, manifest::ReadConfig(store / "config.toml"));
  std::vector<Setting> settings;
  for (const auto& key : kKeys) {
    ASSIGN_OR_RETURN(auto setting, SettingOf(key, arguments, environment, store, config));
    settings.push_back(std::move(setting));
  }
  return settings;
}

Status ChangeSetting(const std::filesystem::path& store, const std::string& key, const std::string& value) {
  RETURN_IF_ERROR(CheckSettingKey(key));
  const Key& known = *FindKey(key);
  if (known.in_file == nullptr) {
    const std::string how = known.variable != nullptr ? fmt::format("set {} in the environment", known.variable)
                                                      : std::string("give --token-file, or set GITHUB_TOKEN in the environment");
    return Error{Code::kUsage, fmt::format("{} cannot stand in config.toml", key), how};
  }
  if (!value.empty()) RETURN_IF_ERROR(CheckValue(key, value));
  std::error_code ignored;
  if (!std::filesystem::is_directory(store / "db", ignored)) {
    return Error{Code::kNotFound, fmt::format("no store at {}", store.string()), "create one: skilltrail init"};
  }
  ASSIGN_OR_RETURN(auto config, manifest::ReadConfig(store / "config.toml"));
  if (value.empty()) {
    config.erase(known.in_file);
  } else {
    config[known.in_file] = value;
  }
  return manifest::WriteConfig(store / "config.toml", config);
}

}  // namespace skilltrail::cli
