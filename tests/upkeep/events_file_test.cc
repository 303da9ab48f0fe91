// The log as a file: out and in again it is the same log; a changed file is refused whole.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/curate/curate.h"
#include "engine/query/verify.h"
#include "engine/upkeep/base64.h"
#include "engine/upkeep/events_file.h"
#include "tests/support/workbench.h"

#include <catch2/catch.hpp>

namespace skilltrail::upkeep {
namespace {

using testing::Need;
using testing::Workbench;
using Way = EventsImportReport::Way;
using Json = nlohmann::ordered_json;

struct Bench : Workbench {
  explicit Bench(int rounds = 30) {
    for (int i = 0; i < rounds; ++i) Step(i);
  }
  void Step(int i) {
    WriteSkill("a", "body " + std::to_string(i), "tags: [t" + std::to_string(i % 3) + "]");
    if (i % 4 == 0)
      WriteSkill(
          "b\xe2\x80\xae"
          "c",
          std::to_string(i));  // a name that turns text around
    Capture();
  }
  std::string Export(bool blobs = true, const std::string& at = {}) {
    Context asked = context;
    asked.at = at;
    std::string out;
    Need(ExportEvents(*Need(Reading::Open(asked)), blobs, [&](std::string_view piece) {
      out += piece;
      return Status();
    }));
    return out;
  }
  Result<EventsImportReport> Import(const std::string& store, const std::string& text) {
    testing::WriteFile(Path("file"), text);
    Context into = context;
    into.store = Path(store);
    return ImportEvents(into, Path("file"));
  }
  Digest HashOf(const std::string& store) {
    Context other = context;
    other.store = Path(store);
    return Need(Reading::Open(other))->log().head_hash();
  }
};

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string TextOf(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST_CASE("Base64 is that of RFC 4648, and only that") {
  const std::pair<const char*, const char*> known[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) {
    REQUIRE(EncodeBase64(bytes) == text);
    REQUIRE(DecodeBase64(text) == std::string(bytes));
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z g=", "====", "Zm8=\n"}) {
    INFO(bad);
    REQUIRE_FALSE(DecodeBase64(bad));
  }
}

TEST_CASE("a log that goes out and comes into a new store is the same log, contents included") {
  Bench bench;
  const auto text = bench.Export();
  REQUIRE(text == bench.Export());
  const auto report = Need(bench.Import("new", text));
  REQUIRE(report.way == Way::kContinued);
  REQUIRE(report.events == bench.Head());
  REQUIRE(report.head_hash == bench.HashOf("store"));
  Context other = bench.context;
  other.store = bench.Path("new");
  const auto verified = Need(query::Verify(*Need(Reading::Open(other)), false));
  REQUIRE(verified.problems.empty());
  REQUIRE(verified.blobs > 30);
  const auto again = Need(bench.Import("new", text));
  REQUIRE(again.way == Way::kNothing);
  REQUIRE(again.events == 0);
}

TEST_CASE("a copy follows its original, and the times at which events were logged come along") {
  Bench bench(5);
  Need(bench.Import("copy", bench.Export()));
  for (int i = 5; i < 40; ++i) bench.Step(i);
  const auto followed = Need(bench.Import("copy", bench.Export()));
  REQUIRE(followed.way == Way::kContinued);
  REQUIRE(followed.skipped > 0);
  REQUIRE(bench.HashOf("copy") == bench.HashOf("store"));
  Context copy = bench.context;
  copy.store = bench.Path("copy");
  const auto one = Need(Reading::Open(bench.context));
  const auto two = Need(Reading::Open(copy));
  REQUIRE(Need(one->Resolve("10")).logged_at == Need(two->Resolve("10")).logged_at);
}

TEST_CASE("into a store that was only just made events are merged, and a second time nothing is") {
  Bench bench;
  Context fresh = bench.context;
  fresh.store = bench.Path("fresh");
  Need(curate::Init(fresh));
  const auto text = bench.Export();
  const auto merged = Need(bench.Import("fresh", text));
  REQUIRE(merged.way == Way::kMerged);
  REQUIRE(merged.events == bench.Head());
  REQUIRE(Need(bench.Import("fresh", text)).way == Way::kNothing);
  const auto reading = Need(Reading::Open(fresh));
  const auto state = Need(reading->CollectionState("default", Need(reading->Resolve(""))));
  REQUIRE(state.artifacts().size() == bench.State().artifacts().size());
}

TEST_CASE("a store whose collection went its own way takes nothing in") {
  Bench bench(3);
  Bench other(4);
  const auto refused = bench.Import("store", other.Export());
  REQUIRE_FALSE(refused.ok());
  REQUIRE(refused.error().code == Code::kConflict);
  REQUIRE_THAT(refused.error().message, Catch::Contains("default"));
}

TEST_CASE("whatever is changed in a file, nothing of it is taken in and the line is named") {
  Bench bench(6);
  const auto lines = LinesOf(bench.Export());
  const auto refused = [&](const std::string& text, const std::string& because) {
    const auto imported = bench.Import("never", text);
    REQUIRE_FALSE(imported.ok());
    INFO(imported.error().message);
    REQUIRE(imported.error().code == Code::kCorrupt);
    REQUIRE_THAT(imported.error().message, Catch::Contains(because));
    REQUIRE_FALSE(std::filesystem::exists(bench.Path("never") / "db"));
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    INFO("without line " << i + 1);
    auto fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    refused(TextOf(fewer), "line");
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    auto json = Json::parse(lines[i]);
    if (json["kind"] == "log") continue;
    const char* field = json["kind"] == "blob" ? "content" : "bytes";
    auto bytes = *DecodeBase64(json[field].get<std::string>());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    json[field] = EncodeBase64(bytes);
    auto changed = lines;
    changed[i] = json.dump();
    refused(TextOf(changed), "line " + std::to_string(i + 1));
  }
  for (const std::string key : {"recorded_at", "type", "collection", "artifact", "run_id", "run_seq", "actor", "command", "data"}) {
    for (const size_t i : {lines.size() - 2, lines.size() - 1}) {
      auto json = Json::parse(lines[i]);
      if (json["kind"] != "event") continue;
      json[key] = "mallory";
      auto changed = lines;
      changed[i] = json.dump();
      refused(TextOf(changed), "line " + std::to_string(i + 1));
    }
  }
  refused("", "empty");
  refused("{}\n", "line 1: a key is missing");
  refused("{\n", "line 1: it is not JSON");
  refused(std::string(100'000, '[') + "\n", "line 1");
  refused(lines[0] + "\n" + lines[0] + "\n", "line 2");
  refused(bench.Export(false), "names content");
  refused(TextOf(lines).substr(0, TextOf(lines).size() - 1), "in the middle of a line");
}

TEST_CASE("an export at a point is the beginning of the whole one") {
  Bench bench(8);
  const auto part = bench.Export(true, "7");
  Need(bench.Import("part", part));
  const auto rest = Need(bench.Import("part", bench.Export()));
  REQUIRE(rest.way == Way::kContinued);
  REQUIRE(rest.skipped == 7);
  REQUIRE(bench.HashOf("part") == bench.HashOf("store"));
}

TEST_CASE("a file that another tool wrote anew, with other blanks and order, is the same file") {
  Bench bench(6);
  std::string text;
  for (const auto& line : LinesOf(bench.Export())) text += nlohmann::json::parse(line).dump() + " \n";
  REQUIRE(Need(bench.Import("new", text)).events == bench.Head());
}

}  // namespace
}  // namespace skilltrail::upkeep
