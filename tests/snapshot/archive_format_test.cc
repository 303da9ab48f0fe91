#include "engine/snapshot/archive_format.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace skilltrail::snapshot {
namespace {

Manifest Some() {
  Manifest manifest;
  manifest.collection = "lib";
  manifest.snapshot_id = "20260124-101500-000000";
  manifest.snapshot_message = "\"quoted\"\n";
  return manifest;
}

// The text of a manifest, as the JSON library lays out what stands in it.
std::string LaidOut(const std::string& text) {
  return nlohmann::ordered_json::parse(text).dump(1, ' ', false) + "\n";
}

TEST_CASE("a manifest is laid out as the JSON library does it") {
  Manifest manifest = Some();
  REQUIRE(manifest.Encode() == LaidOut(manifest.Encode()));
  const std::string paths[] = {"skills/a/SKILL.md", "with space", "quote\"and\\backslash",
                               "tab\tbell\a",       "\x7f",       "caf\xc3\xa9/\xe2\x80\xae",
                               "\xf0\x9f\x98\x80",  "</script>"};
  for (const auto& path : paths) {
    manifest.members.push_back({path, manifest.members.size() % 2 == 1, manifest.members.size() * 1'000'000'007, Sha256(path)});
    const std::string text = manifest.Encode();
    REQUIRE(text == LaidOut(text));
    const auto json = nlohmann::ordered_json::parse(text);
    REQUIRE(json.at("members").back().at("path") == path);
    REQUIRE(json.at("members").back().at("mode") == (manifest.members.back().executable ? "755" : "644"));
    REQUIRE(json.at("members").back().at("size") == manifest.members.back().size);
    REQUIRE(json.at("counts").at("members") == manifest.members.size());
  }
}

TEST_CASE("a manifest that is read is the one that was written") {
  Manifest manifest = Some();
  manifest.members = {{"skills/a/SKILL.md", false, 3, Sha256("abc")}, {"skills/a/caf\xc3\xa9.sh", true, 1, Sha256("x")}};
  const auto read = DecodeManifest(manifest.Encode());
  REQUIRE(read.ok());
  REQUIRE(read->Encode() == manifest.Encode());
  REQUIRE(read->members.size() == 2);
  REQUIRE(read->members[1].path == manifest.members[1].path);
  REQUIRE(read->members[1].digest == Sha256("x"));
}

}  // namespace
}  // namespace skilltrail::snapshot
