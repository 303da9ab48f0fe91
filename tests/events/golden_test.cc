// The bytes of every released schema, kept for ever: tests/golden/events-N/TYPE.bin beside the JSON that they must read as.
//
// For a new release: add GoldenEventsN to golden_events.h, write its files once with
//   SKILLTRAIL_WRITE_GOLDEN=tests/golden/events-N events_test "golden bytes are written into a new directory only"
// and add it to kReleases.
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "events/codec.h"
#include "events/json.h"
#include "tests/events/golden_events.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail {
namespace {

using nlohmann::json;

struct Release {
  const char* directory;
  std::vector<Event> (*events)();
};
const Release kReleases[] = {{"events-1", testing::GoldenEvents1}};

std::filesystem::path GoldenDirectory(const Release& release) {
  return std::filesystem::path(SKILLTRAIL_SOURCE_DIR) / "tests/golden" / release.directory;
}

std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  const auto text = testing::ReadFile(path);
  return {text.begin(), text.end()};
}

json EventJson(const schema::Event& event) {
  return {{"run_id", RunIdOf(event).text()},        {"ordinal", event.ordinal()},         {"recorded_at", FormatTime(event.recorded_at())},
          {"collection", View(event.collection())}, {"artifact", View(event.artifact())}, {"project", View(event.project())},
          {"type", EventTypeName(event)},           {"data", PayloadJson(event)}};
}

// Writes one file pair an event. False, and nothing is written, if the directory exists.
bool WriteGolden(const std::filesystem::path& directory, const std::vector<Event>& events) {
  if (std::filesystem::exists(directory)) return false;
  for (const auto& event : events) {
    const auto bytes = EncodeEvent(event);
    const auto& stored = ViewEvent(bytes);
    const auto stem = directory / EventTypeName(stored);
    testing::WriteFile(stem.string() + ".bin", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    testing::WriteFile(stem.string() + ".json", EventJson(stored).dump(2) + "\n");
  }
  return true;
}

bool IsEmpty(const json& value) {
  return value.is_null() || value == 0 || value == "" || (value.is_structured() && value.empty());
}

// The JSON that was written then, plus fields that are younger than the bytes and therefore empty.
bool ReadsAs(const json& today, const json& then) {
  if (then.is_array()) {
    if (!today.is_array() || today.size() != then.size()) return false;
    for (size_t i = 0; i < then.size(); ++i) {
      if (!ReadsAs(today[i], then[i])) return false;
    }
    return true;
  }
  if (!then.is_object()) return today == then;
  if (!today.is_object()) return false;
  for (const auto& [key, value] : then.items()) {
    if (!today.contains(key) || !ReadsAs(today[key], value)) return false;
  }
  for (const auto& [key, value] : today.items()) {
    if (!then.contains(key) && !IsEmpty(value)) return false;
  }
  return true;
}

bool HoldsEmptyValue(const json& value) {
  if (IsEmpty(value)) return true;
  for (const auto& inner : value) {
    if (value.is_structured() && HoldsEmptyValue(inner)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the stored bytes of every release verify, decode and read as they did") {
  for (const auto& release : kReleases) {
    for (const auto& event : release.events()) {
      const auto name = EventTypeName(ViewEvent(EncodeEvent(event)));
      CAPTURE(release.directory, name);
      const auto bytes = ReadBytes(GoldenDirectory(release) / (name + ".bin"));
      REQUIRE(VerifyEventBytes(bytes).ok());
      const auto decoded = DecodeEvent(bytes);
      REQUIRE(decoded.ok());
      REQUIRE(decoded->payload == event.payload);
      const auto today = EventJson(ViewEvent(bytes));
      const auto then = json::parse(testing::ReadFile(GoldenDirectory(release) / (name + ".json")));
      INFO(today.dump(2));
      REQUIRE(ReadsAs(today, then));
    }
  }
}

TEST_CASE("the same events encode to the stored bytes of every release") {
  for (const auto& release : kReleases) {
    for (const auto& event : release.events()) {
      const auto bytes = EncodeEvent(event);
      const auto name = EventTypeName(ViewEvent(bytes));
      CAPTURE(release.directory, name);
      REQUIRE(bytes == ReadBytes(GoldenDirectory(release) / (name + ".bin")));
      REQUIRE(EncodeEvent(*DecodeEvent(bytes)) == bytes);
    }
  }
}

TEST_CASE("each release has a golden event of every type it knew, with every field set") {
  for (const auto& release : kReleases) {
    std::set<std::string> stored;
    for (const auto& entry : std::filesystem::directory_iterator(GoldenDirectory(release))) {
      if (entry.path().extension() != ".json") continue;
      stored.insert(entry.path().stem().string());
      CAPTURE(entry.path().string());
      REQUIRE_FALSE(HoldsEmptyValue(json::parse(testing::ReadFile(entry.path()))));
    }
    std::set<std::string> made;
    for (const auto& event : release.events()) made.insert(EventTypeName(ViewEvent(EncodeEvent(event))));
    REQUIRE(stored == made);
  }
  REQUIRE(testing::GoldenEvents1().size() == 26);
}

TEST_CASE("golden bytes are written into a new directory only") {
  const testing::TempDir temp;
  const auto& newest = *std::prev(std::end(kReleases));
  const auto events = newest.events();
  REQUIRE(WriteGolden(temp / "events", events));
  REQUIRE_FALSE(WriteGolden(temp / "events", events));
  REQUIRE(testing::ReadFile(temp / "events/tags_imported.bin").size() > 100);
  if (const char* directory = std::getenv("SKILLTRAIL_WRITE_GOLDEN")) {
    REQUIRE(WriteGolden(directory, events));
  }
}

}  // namespace skilltrail
