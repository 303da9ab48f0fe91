#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/documents/json.h"
#include "cli/invocation.h"
#include "cli/setting_list.h"
#include "cli/table.h"
#include "cli/text.h"
#include "engine/curate/curate.h"

namespace skilltrail::cli {
namespace {

documents::Json SettingJson(const Setting& setting) {
  return {
      {"key", setting.key}, {"value", documents::TextOrNull(setting.value)}, {"origin", setting.origin}, {"writable", setting.writable}};
}

Status Change(const Invocation& in) {
  const auto key = in.arguments.Word(0);
  const bool unset = in.arguments.Has("unset");
  if (unset == (in.arguments.words().size() == 2)) {
    return Error{Code::kUsage, "config: give a VALUE, or --unset", "see `skilltrail config --help`"};
  }
  if (!unset && in.arguments.Word(1).empty()) return Error{Code::kUsage, "config: the VALUE is empty", "--unset takes a setting out"};
  if (key == "collection" && !unset) {
    const auto used = curate::UseCollection(in.context, in.arguments.Word(1));
    return used.ok() ? Status() : Status(used.error());
  }
  return ChangeSetting(in.context.store, key, in.arguments.Word(1));
}

Result<int> Run(Invocation& in) {
  const auto key = in.arguments.Word(0);
  if (!key.empty()) RETURN_IF_ERROR(CheckSettingKey(key));
  if (key.empty() && in.arguments.Has("unset")) return Error{Code::kUsage, "config: --unset needs a KEY", {}};
  if (in.arguments.words().size() == 2 || in.arguments.Has("unset")) RETURN_IF_ERROR(Change(in));
  ASSIGN_OR_RETURN(const auto settings, ListSettings(in.arguments, in.environment, in.settings.store));
  if (!key.empty()) {
    for (const auto& setting : settings) {
      if (setting.key != key) continue;
      in.settings.json ? in.out.Document(SettingJson(setting)) : in.out.Write(OneLine(setting.value) + "\n");
      in.out.Detail(fmt::format("from {}", setting.origin));
    }
    return kDone;
  }
  if (in.settings.json) {
    documents::Json list = documents::Json::array();
    for (const auto& setting : settings) list.push_back(SettingJson(setting));
    in.out.Document({{"settings", std::move(list)}});
    return kDone;
  }
  Table table({{.title = "SETTING"}, {.title = "VALUE", .flexible = true}, {.title = "FROM"}});
  for (const auto& setting : settings) table.Add({{setting.key, Paint::kCyan}, {setting.value}, {setting.origin}});
  table.Print(in.out);
  return kDone;
}

}  // namespace

Command ConfigCommand() {
  return {.path = "config",
          .summary = "the settings, where each comes from, and changing them in the store's config.toml",
          .positionals = {{.name = "KEY", .help = "one of them", .required = false},
                          {.name = "VALUE", .help = "what it is to be", .required = false}},
          .options = {{.name = "unset", .help = "take it out of config.toml"}},
          .examples = {{"config", "all of them"}, {"config lock-timeout 60", "wait a minute for other writers from now on"}},
          .exit_codes = {kNotFoundExit},
          .run = Run};
}

}  // namespace skilltrail::cli
