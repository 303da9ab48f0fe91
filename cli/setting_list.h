// The settings a person can look at and change: what each says now, and where that comes from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/settings.h"
#include "events/result.h"

namespace skilltrail::cli {

struct Setting {
  std::string key;
  std::string value;
  std::string origin;     // "--actor", "SKILLTRAIL_ACTOR", the path of config.toml, "default"
  bool writable = false;  // `config KEY VALUE` can set it
};

// All of them, by key. A token is said to be there, never shown.
Result<std::vector<Setting>> ListSettings(const Arguments& arguments, const Environment& environment, const std::filesystem::path& store);
// Writes one to config.toml, or takes it out if `value` is empty. kUsage for an unknown key or a value that it cannot have; kNotFound if
// there is no store.
Status ChangeSetting(const std::filesystem::path& store, const std::string& key, const std::string& value);
// kUsage with the nearest if there is no such key.
Status CheckSettingKey(const std::string& key);

}  // namespace skilltrail::cli
