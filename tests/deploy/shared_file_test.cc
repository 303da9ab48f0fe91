#include "engine/deploy/shared_file.h"

#include <algorithm>
#include <random>

#include "tests/support/temp_dir.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace skilltrail::deploy {
namespace {

using testing::Need;
using testing::WriteFile;
using Json = nlohmann::ordered_json;
constexpr auto kHooks = SharedKind::kHooks;
constexpr auto kServers = SharedKind::kServers;

std::string Hook(const std::string& command, const std::string& event = "PreToolUse") {
  return R"({"hooks": {")" + event + R"(": [{"matcher": "Bash", "hooks": [{"type": "command", "command": ")" + command + R"("}]}]}})";
}
std::string Server(const std::string& name, const std::string& command) {
  return R"({"mcpServers": {")" + name + R"(": {"command": ")" + command + R"("}}})";
}
SharedEntries Entries(SharedKind kind, const std::string& definition) {
  return Need(Definition::Parse(kind, definition)).entries();
}

class File {
 public:
  explicit File(const std::string& text) { WriteFile(path, text); }
  SharedFile Read() const { return Need(SharedFile::Read(path)); }

 private:
  testing::TempDir dir_;

 public:
  std::filesystem::path path = dir_ / "settings.json";
};

const std::string kMine =
    "{\n\t\"z\": 1.50,\n\t\"big\":   123456789012345678901234,\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{ \"matcher\": \"Edit\", "
    "\"hooks\": [] }\n\t\t],\n\t\t\"Stop\": []\n\t},\n\t\"a\": [1, 2]\n}";

TEST_CASE("an entry comes in and goes out again, and every other byte stays") {
  const File file(kMine);
  auto shared = file.Read();
  const auto entries = Entries(kHooks, Hook("check.sh"));
  shared.Replace(kHooks, {}, entries);
  const std::string with = shared.Bytes();
  REQUIRE(with.find("\t\"z\": 1.50,\n\t\"big\":   123456789012345678901234,") != std::string::npos);
  REQUIRE(with.find("{ \"matcher\": \"Edit\", \"hooks\": [] },\n\t\t\t{\n\t\t\t\t\"matcher\": \"Bash\"") != std::string::npos);
  WriteFile(file.path, with);
  auto again = file.Read();
  REQUIRE(again.Standing(kHooks, entries, SharedFile::Look::kExact) == entries);
  again.Replace(kHooks, entries, {});
  REQUIRE(again.Bytes() == kMine);
}

TEST_CASE("files of any layout get back their bytes: property") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 200; ++round) {
    Json document = Json::object();
    const int members = 1 + pick(4);
    for (int i = 0; i < members; ++i)
      document["key " + std::to_string(i)] = pick(2) == 0 ? Json("a \"b\" , } ]\n\\") : Json({1, {{"x", nullptr}}});
    for (int i = pick(3); i > 0; --i) document["mcpServers"]["mine" + std::to_string(i)] = {{"command", "m"}};
    for (int i = pick(3); i > 0; --i) document["hooks"]["Stop"].push_back({{"matcher", "own " + std::to_string(i)}});
    const int indents[] = {-1, 1, 2, 4};
    std::string text = document.dump(indents[pick(4)]) + (pick(2) == 0 ? "\n" : "");
    if (pick(3) == 0) {
      std::string crlf;
      for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
      text = crlf;
    }
    const File file(text);
    const auto hooks = Entries(kHooks, Hook("h" + std::to_string(round), pick(2) == 0 ? "Stop" : "PreToolUse"));
    const auto servers = Entries(kServers, Server("s" + std::to_string(round), "c"));
    auto shared = file.Read();
    shared.Replace(kHooks, {}, hooks);
    shared.Replace(kServers, {}, servers);
    const Json merged = Json::parse(shared.Bytes());
    for (const auto& [name, value] : document.items()) {
      if (name != "hooks" && name != "mcpServers") REQUIRE(merged.at(name) == value);
    }
    WriteFile(file.path, shared.Bytes());
    auto again = file.Read();
    REQUIRE(again.Standing(kServers, servers, SharedFile::Look::kExact) == servers);
    again.Replace(kHooks, hooks, {});
    again.Replace(kServers, servers, {});
    REQUIRE(again.Bytes() == text);
  }
}

TEST_CASE("a file that holds nothing else is to go, one with an object of a person's is not") {
  const File file("{}\n");
  auto shared = file.Read();
  const auto servers = Entries(kServers, Server("git", "g"));
  shared.Replace(kServers, {}, servers);
  REQUIRE(shared.Bytes() == "{\n  \"mcpServers\": {\n    \"git\": {\n      \"command\": \"g\"\n    }\n  }\n}\n");
  shared.Replace(kServers, servers, {});
  REQUIRE(shared.Bytes().empty());
}

TEST_CASE("an entry that two artifacts hold stays until the last of them goes") {
  const File file("{}");
  auto shared = file.Read();
  const auto entries = Entries(kHooks, Hook("check.sh"));
  shared.Replace(kHooks, {}, entries);
  shared.Claim(kHooks, entries);
  shared.Replace(kHooks, {}, entries);
  REQUIRE(Json::parse(shared.Bytes())["hooks"]["PreToolUse"].size() == 1);
  shared.Replace(kHooks, entries, {});
  REQUIRE(!shared.Bytes().empty());
  shared.Release(kHooks, entries);
  shared.Replace(kHooks, entries, {});
  REQUIRE(shared.Bytes().empty());
}

TEST_CASE("an edited hook is found again by its words, a person's own and another artifact's are not taken for it") {
  const File file(R"({"hooks": {"PreToolUse": [
    {"matcher": "Bash", "hooks": [{"type": "command", "command": "python3 /mine/other.py"}]},
    {"matcher": "Bash", "hooks": [{"type": "command", "command": "run check.py --fast"}]}]}})");
  auto shared = file.Read();
  const auto wanted = Entries(kHooks, Hook("run check.py"));
  const auto standing = shared.Standing(kHooks, wanted, SharedFile::Look::kEdited);
  REQUIRE(standing.size() == 1);
  REQUIRE(standing[0].value.find("--fast") != std::string::npos);
  REQUIRE(shared.Standing(kHooks, wanted, SharedFile::Look::kExact).empty());
  REQUIRE(shared.Standing(kHooks, Entries(kHooks, Hook("python3 /ours/check.py")), SharedFile::Look::kEdited).empty());
  shared.Claim(kHooks, standing);
  REQUIRE(shared.Standing(kHooks, wanted, SharedFile::Look::kEdited).empty());
}

TEST_CASE("a definition says its own bytes while nothing differs, whatever the order of keys") {
  const std::string text = "{ \"description\": \"d\",\n \"mcpServers\": {\"git\": {\"command\": \"g\", \"args\": [ ]}} }";
  const auto definition = Need(Definition::Parse(kServers, text));
  REQUIRE(definition.left_out() == std::vector<std::string>{"description"});
  REQUIRE(definition.With(Entries(kServers, R"({"git": {"args": [], "command": "g"}})")) == text);
  const std::string edited = definition.With(Entries(kServers, R"({"git": {"command": "h"}})"));
  REQUIRE(edited.starts_with("{ \"description\": \"d\",\n \"mcpServers\": {\"git\": "));
  REQUIRE(Json::parse(edited)["mcpServers"]["git"] == Json{{"command", "h"}});
  REQUIRE(Json::parse(definition.With({}))["mcpServers"].empty());
}

TEST_CASE("a file that cannot be merged into is named, and why") {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"{\"a\": 1,}", "not JSON"},
           {"[1]", "no object"},
           {"{\"hooks\": []}", "\"hooks\" is no object"},
           {"{\"hooks\": {\"Stop\": {}}}", "\"Stop\" of \"hooks\" is no list"},
           {"{\"mcpServers\": {\"a\": {}, \"a\": {}}}", "two members \"a\""},
           {"{\"hooks\": {}, \"hooks\": {}}", "two members \"hooks\""},
           {"{\"a\": " + std::string(100, '[') + std::string(100, ']') + "}", "nested deeper"}}) {
    const File file(text);
    const auto read = SharedFile::Read(file.path);
    REQUIRE(!read.ok());
    REQUIRE(read.error().message.find(file.path.string()) != std::string::npos);
    REQUIRE(read.error().message.find(why) != std::string::npos);
  }
}

}  // namespace
}  // namespace skilltrail::deploy
