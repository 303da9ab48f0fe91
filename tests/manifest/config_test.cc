#include <map>
#include <string>

#include "engine/manifest/manifest.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::manifest {
namespace {

using Settings = std::map<std::string, std::string>;
using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

constexpr std::string_view kDefaults = R"([settings]
default-collection = "default"
update-strategy = "prompt"

[analytics]
enabled = true
retention-days = 90

[artifact_search]
indexing_mode = "opt_in"

[scoring.weights]
recency = 0.5

[own]
list = [
    "kept",
]
"a.b" = "kept"
)";

TEST_CASE("settings read as text under dotted keys") {
  const TempDir dir;
  WriteFile(dir / "config.toml", kDefaults);
  REQUIRE(ReadConfig(dir / "config.toml").value() == Settings{{"settings.default-collection", "default"},
                                                              {"settings.update-strategy", "prompt"},
                                                              {"analytics.enabled", "true"},
                                                              {"analytics.retention-days", "90"},
                                                              {"artifact_search.indexing_mode", "opt_in"},
                                                              {"scoring.weights.recency", "0.5"}});
  REQUIRE(ReadConfig(dir / "none.toml").value().empty());
  WriteFile(dir / "bad.toml", "[settings]\nx = \n");
  REQUIRE(ReadConfig(dir / "bad.toml").error().message.starts_with((dir / "bad.toml").string() + ":2: "));
}

TEST_CASE("a setting keeps its kind, and what is no setting survives") {
  const TempDir dir;
  const auto file = dir / "config.toml";
  WriteFile(file, kDefaults);
  Settings values = ReadConfig(file).value();
  REQUIRE(WriteConfig(file, values).ok());
  REQUIRE(ReadFile(file) == kDefaults);

  values["analytics.enabled"] = "false";
  values["analytics.retention-days"] = "30";
  values["settings.default-collection"] = "2026";
  values["settings.github-token"] = "true";
  values["api.base_url"] = "http://localhost";
  values["api.retries"] = "3";
  values["api.code"] = "007";
  values.erase("artifact_search.indexing_mode");
  values.erase("scoring.weights.recency");
  REQUIRE(WriteConfig(file, values).ok());
  REQUIRE(ReadFile(file) == R"([settings]
default-collection = "2026"
update-strategy = "prompt"
github-token = "true"

[analytics]
enabled = false
retention-days = 30

[own]
list = [
    "kept",
]
"a.b" = "kept"

[api]
base_url = "http://localhost"
code = "007"
retries = 3
)");
  REQUIRE(ReadConfig(file).value() == values);
}

TEST_CASE("a key that cannot be set changes nothing") {
  const TempDir dir;
  const auto file = dir / "config.toml";
  WriteFile(file, kDefaults);
  for (const char* key : {"", "settings", "settings.", ".x", "settings.update-strategy.x", "a..b"}) {
    Settings values = ReadConfig(file).value();
    values[key] = "x";
    INFO(key);
    REQUIRE(WriteConfig(file, values).error().code == Code::kUsage);
  }
  REQUIRE(ReadFile(file) == kDefaults);
}

TEST_CASE("a new file starts with the peer's tables in the peer's order") {
  const TempDir dir;
  REQUIRE(
      WriteConfig(dir / "config.toml", {{"analytics.enabled", "true"}, {"settings.default-collection", "default"}, {"zone", "x"}}).ok());
  REQUIRE(ReadFile(dir / "config.toml") == "zone = \"x\"\n\n[settings]\ndefault-collection = \"default\"\n\n[analytics]\nenabled = true\n");
}

}  // namespace
}  // namespace skilltrail::manifest
