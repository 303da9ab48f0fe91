#include <algorithm>
#include <filesystem>
#include <string>

#include "engine/manifest/manifest.h"
#include "tests/manifest/golden.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::manifest {
namespace {

using skilltrail::testing::ReadFile;
using skilltrail::testing::TempDir;
using skilltrail::testing::WriteFile;

Micros At(std::string_view text) {
  return ParseNaiveTime(text).value();
}

// A collection's directory in which the test puts files, reads and writes.
class CollectionDir {
 public:
  explicit CollectionDir(std::string_view manifest, std::string_view lock = "") {
    WriteFile(dir_ / "collection.toml", manifest);
    if (!lock.empty()) WriteFile(dir_ / "collection.lock", lock);
  }
  CollectionDir() = default;

  Collection Read() const { return ReadCollection(dir_.path()).value(); }
  std::string ReadError() const {
    auto read = ReadCollection(dir_.path());
    return read.ok() ? "" : Strip(read.error().message);
  }
  bool Write(const Collection& collection, std::string_view now = "2026-05-05T05:05:05.000005") const {
    return WriteCollection(dir_.path(), collection, At(now)).value();
  }
  std::string WriteError(const Collection& collection) const {
    auto written = WriteCollection(dir_.path(), collection, 1);
    return written.ok() ? "" : Strip(written.error().message);
  }
  std::string manifest() const { return ReadFile(dir_ / "collection.toml"); }
  std::string lock() const { return ReadFile(dir_ / "collection.lock"); }
  std::filesystem::path path() const { return dir_.path(); }

 private:
  std::string Strip(const std::string& message) const {
    const std::string prefix = dir_.path().string() + "/";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
  }
  TempDir dir_;
};

ArtifactEntry* Find(Collection* collection, std::string_view name) {
  const auto found =
      std::find_if(collection->artifacts.begin(), collection->artifacts.end(), [&](const auto& entry) { return entry.name == name; });
  return found == collection->artifacts.end() ? nullptr : &*found;
}

constexpr std::string_view kHead =
    "[collection]\nname = \"c\"\nversion = \"1.0.0\"\ncreated = \"2026-03-01T08:00:00\"\nupdated = \"2026-03-01T08:00:00\"\n";

std::string WithArtifact(std::string_view keys) {
  return std::string(kHead) +
         "\n[[artifacts]]\nname = \"x\"\ntype = \"skill\"\npath = \"skills/x\"\norigin = \"local\"\nadded = \"2026-03-01T08:05:00\"\n" +
         std::string(keys);
}

TEST_CASE("a collection reads as its files say") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  Collection collection = dir.Read();
  REQUIRE(collection.name == "default");
  REQUIRE(collection.created == At("2026-03-01T08:00:00.000001"));
  REQUIRE(collection.updated == At("2026-03-02T09:30:00.500000"));
  REQUIRE(collection.artifacts.size() == 2);
  REQUIRE(collection.others == std::vector<std::string>{"rule_file:house-rules"});

  const ArtifactEntry& chart = collection.artifacts[0];
  REQUIRE(chart.name == "chart-maker");
  REQUIRE(chart.type == "skill");
  REQUIRE(chart.path == "skills/chart-maker");
  REQUIRE(chart.origin == "github");
  REQUIRE(chart.upstream == "https://github.com/acme/skills/tree/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/skills/chart-maker");
  REQUIRE(chart.version_spec == "latest");
  REQUIRE(chart.resolved_sha == "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c");
  REQUIRE(chart.added == At("2026-03-01T08:05:00.000002"));
  REQUIRE(chart.last_updated == At("2026-03-02T09:00:00"));
  REQUIRE(chart.tags == std::vector<std::string>{"plots", "svg"});
  REQUIRE(chart.metadata == std::map<std::string, std::string>{{"author", "acme"},
                                                               {"description", "Draws charts.\nAll of them: C:\\tmp\x7f\x01\t."},
                                                               {"license", "MIT"},
                                                               {"title", "Chart \"maker\""},
                                                               {"version", "1.0"}});
  REQUIRE(chart.origin_source == "https://github.com/acme/skills");
  REQUIRE(chart.tags_imported_at == At("2026-03-02T09:00:00.000007"));
  REQUIRE(chart.content_hash == std::string(64, 'a'));
  REQUIRE(chart.fetched == At("2026-03-01T08:05:01.000003"));

  const ArtifactEntry& files = collection.artifacts[1];
  REQUIRE(files.type == "mcp-server");
  REQUIRE(files.origin_source.empty());
  REQUIRE(files.tags_imported_at == 0);
  REQUIRE(files.content_hash == std::string(64, 'c'));
}

TEST_CASE("writing what was read touches nothing") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  REQUIRE_FALSE(dir.Write(dir.Read()));
  REQUIRE(dir.manifest() == kGoldenManifest);
  REQUIRE(dir.lock() == kGoldenLock);
}

TEST_CASE("a file that a person laid out and commented is touched only when something changes") {
  const std::string own = "# mine\n" + WithArtifact("tags=['a','b']\nunknown = {b=1,a=2} # why\n");
  const CollectionDir dir(own);
  Collection collection = dir.Read();
  REQUIRE_FALSE(dir.Write(collection));
  REQUIRE(dir.manifest() == own);
  collection.artifacts[0].tags.push_back("c");
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest().ends_with("tags = [\n    \"a\",\n    \"b\",\n    \"c\",\n]\n\n[artifacts.unknown]\nb = 1\na = 2\n"));
}

TEST_CASE("a change and its undoing leave the bytes as they were, every unknown key included") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  const Collection original = dir.Read();
  Collection changed = original;
  ArtifactEntry* chart = Find(&changed, "chart-maker");
  chart->tags = {"other"};
  chart->metadata["title"] = "Other";
  chart->metadata["description"] = "Other.";
  chart->tags_imported_at = At("2026-04-01T00:00:00");
  chart->origin_source = "https://github.com/other/skills";
  chart->resolved_sha = std::string(40, '1');
  chart->last_updated = At("2026-04-01T00:00:00");
  chart->content_hash = std::string(64, '2');
  chart->fetched = At("2026-04-01T00:00:00");
  REQUIRE(dir.Write(changed));
  REQUIRE(dir.Read().artifacts[0].metadata["title"] == "Other");
  REQUIRE(dir.lock().find(std::string(40, '1')) != std::string::npos);
  REQUIRE(dir.Write(original, "2026-03-02T09:30:00.500000"));
  REQUIRE(dir.manifest() == kGoldenManifest);
  REQUIRE(dir.lock() == kGoldenLock);
}

TEST_CASE("`updated` moves with a change of the manifest and with nothing else") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  Collection collection = dir.Read();
  collection.artifacts[0].content_hash = std::string(64, 'e');
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest() == kGoldenManifest);
  collection.artifacts[0].metadata["author"] = "someone";
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest() ==
          Replaced(Replaced(kGoldenManifest, "updated = \"2026-03-02T09:30:00.500000\"", "updated = \"2026-05-05T05:05:05.000005\""),
                   "author = \"acme\"", "author = \"someone\""));
  REQUIRE_FALSE(dir.Write(collection, "2026-06-06T06:06:06"));
}

TEST_CASE("a new collection is written as the peer would write it") {
  const CollectionDir dir;
  Collection collection;
  collection.name = "default";
  collection.created = At("2026-03-01T08:00:00.000001");
  ArtifactEntry chart;
  chart.name = "chart-maker";
  chart.type = "mcp-server";
  chart.path = "mcp/chart-maker";
  chart.origin = "github";
  chart.added = At("2026-03-01T08:05:00.000002");
  chart.upstream = "https://github.com/acme/skills/tree/v1/mcp/chart-maker";
  chart.version_spec = "v1.2.0";
  chart.resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
  chart.tags = {"plots"};
  chart.metadata = {{"title", "Chart maker"}, {"license", "MIT"}, {"description", "Draws charts."}, {"author", "acme"}};
  chart.tags_imported_at = At("2026-03-01T08:06:00");
  chart.origin_source = "https://github.com/acme/skills";
  chart.content_hash = std::string(64, 'a');
  chart.fetched = At("2026-03-01T08:05:01.000003");
  collection.artifacts.push_back(chart);

  REQUIRE(dir.Write(collection, "2026-03-02T09:30:00.500000"));
  REQUIRE(dir.manifest() == R"([collection]
name = "default"
version = "1.0.0"
created = "2026-03-01T08:00:00.000001"
updated = "2026-03-02T09:30:00.500000"

[[artifacts]]
name = "chart-maker"
type = "mcp"
path = "mcp/chart-maker"
origin = "github"
added = "2026-03-01T08:05:00.000002"
upstream = "https://github.com/acme/skills/tree/v1/mcp/chart-maker"
version_spec = "v1.2.0"
resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
resolved_version = "v1.2.0"
tags = [
    "plots",
]

[artifacts.metadata]
title = "Chart maker"
description = "Draws charts."
author = "acme"
license = "MIT"

[artifacts.metadata.extra]
tags_imported_at = "2026-03-01T08:06:00"
origin_source = "https://github.com/acme/skills"
)");
  REQUIRE(dir.lock() == R"([lock]
version = "1.0.0"

[lock.entries."chart-maker::mcp"]
content_hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
fetched = "2026-03-01T08:05:01.000003"
upstream = "https://github.com/acme/skills/tree/v1/mcp/chart-maker"
resolved_sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
resolved_version = "v1.2.0"
)");
  REQUIRE_FALSE(dir.Write(dir.Read(), "2026-03-03T00:00:00"));
}

TEST_CASE("an artifact taken out goes from both files, and nobody else does") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  Collection collection = dir.Read();
  collection.artifacts.clear();
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.Read().others == std::vector<std::string>{"rule_file:house-rules"});
  REQUIRE(dir.manifest().find("chart-maker") == std::string::npos);
  REQUIRE(dir.manifest().find("[[mcp_servers]]") != std::string::npos);
  REQUIRE(dir.lock().find("chart-maker") == std::string::npos);
  REQUIRE(dir.lock().find("house-rules::rule_file") != std::string::npos);
  REQUIRE(dir.lock().find("gone::skill") != std::string::npos);
}

TEST_CASE("an artifact that comes and goes leaves a collection without artifacts") {
  const CollectionDir dir(kHead);
  Collection collection = dir.Read();
  ArtifactEntry entry;
  entry.name = "x";
  entry.type = "command";
  entry.path = "commands/x.md";
  entry.origin = "local";
  collection.artifacts.push_back(entry);
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.Read().artifacts.at(0).added == At("2026-05-05T05:05:05.000005"));
  REQUIRE_FALSE(std::filesystem::exists(dir.path() / "collection.lock"));
  REQUIRE_FALSE(dir.Write(collection, "2026-06-06T06:06:06"));
  collection.artifacts.clear();
  REQUIRE(dir.Write(collection, "2026-03-01T08:00:00"));
  REQUIRE(dir.manifest() == kHead);
}

TEST_CASE("metadata.tags are merged on load, and go when the tags are set") {
  const CollectionDir dir(WithArtifact("tags = [\"b\", \"a\"]\n[artifacts.metadata]\ntags = [\"a\", \"c\", \"c\"]\n"));
  Collection collection = dir.Read();
  REQUIRE(collection.artifacts[0].tags == std::vector<std::string>{"b", "a", "c"});
  REQUIRE_FALSE(dir.Write(collection));
  collection.artifacts[0].tags = {"b"};
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.Read().artifacts[0].tags == std::vector<std::string>{"b"});
  REQUIRE(dir.manifest().find("metadata") == std::string::npos);
}

TEST_CASE("tags_imported_at under metadata is read, and moved to where the peer keeps it") {
  const CollectionDir dir(WithArtifact("\n[artifacts.metadata]\ntags_imported_at = \"2026-03-01T10:00:00+02:00\"\n"));
  const Collection collection = dir.Read();
  REQUIRE(collection.artifacts[0].tags_imported_at == At("2026-03-01T08:00:00"));
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest().ends_with("\n[artifacts.metadata.extra]\ntags_imported_at = \"2026-03-01T08:00:00\"\n"));
  const std::string once = dir.manifest();
  REQUIRE_FALSE(dir.Write(dir.Read(), "2026-06-06T06:06:06"));
  REQUIRE(dir.manifest() == once);
}

TEST_CASE("a stranger's front matter under extra cannot make a collection unreadable") {
  const std::string odd = WithArtifact(
      "\n[artifacts.metadata]\ntags_imported_at = \"soon\"\ntitle = [\"a\", \"list\"]\ntags = \"a, b\"\n\n[artifacts.metadata.extra]\n"
      "tags_imported_at = 7\norigin_source = [1]\n");
  const CollectionDir dir(odd);
  const Collection collection = dir.Read();
  REQUIRE(collection.artifacts[0].tags_imported_at == 0);
  REQUIRE(collection.artifacts[0].origin_source.empty());
  REQUIRE(collection.artifacts[0].metadata.empty());
  REQUIRE(collection.artifacts[0].tags.empty());
  REQUIRE_FALSE(dir.Write(collection));
  REQUIRE(dir.manifest() == odd);
}

TEST_CASE("metadata.extra that is no table is not overwritten") {
  const std::string odd = WithArtifact("\n[artifacts.metadata]\nextra = \"mine\"\n");
  const CollectionDir dir(odd);
  Collection collection = dir.Read();
  collection.artifacts[0].tags_imported_at = 1;
  REQUIRE(dir.WriteError(collection) == "metadata.extra of skill:x is not a table");
  REQUIRE(dir.manifest() == odd);
}

TEST_CASE("a time that reads as wanted stays as it is written") {
  const std::string odd =
      Replaced(WithArtifact("last_updated = \"2026-03-01T10:00:00+02:00\"\n"), "\"2026-03-01T08:05:00\"", "2026-03-01T08:05:00");
  const CollectionDir dir(odd);
  Collection collection = dir.Read();
  REQUIRE(collection.artifacts[0].added == At("2026-03-01T08:05:00"));
  REQUIRE(collection.artifacts[0].last_updated == At("2026-03-01T08:00:00"));
  collection.artifacts[0].metadata["title"] = "t";
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest().find("last_updated = \"2026-03-01T10:00:00+02:00\"") != std::string::npos);
  collection.artifacts[0].last_updated = 0;
  REQUIRE(dir.Write(collection));
  REQUIRE(dir.manifest().find("last_updated") == std::string::npos);
}

TEST_CASE("what the peer would refuse is refused with file, line and fault") {
  const auto error = [](const std::string& manifest) { return CollectionDir(manifest).ReadError(); };
  REQUIRE(error("") == "collection.toml: there is no table [collection]");
  REQUIRE(error("[collection]\nname = \"\"\n") == "collection.toml:2: name of [collection] is empty");
  REQUIRE(error("collection = 1\n") == "collection.toml: there is no table [collection]");
  REQUIRE(error("[collection]\nname = \"c\"\ncreated = \"yesterday\"\n")
              .starts_with("collection.toml:3: created of [collection] is not a time"));
  REQUIRE(error(std::string(kHead) + "artifacts = 5\n").find(": artifacts stands in [collection]") != std::string::npos);
  REQUIRE(error("artifacts = 1\n" + std::string(kHead)) == "collection.toml:1: artifacts is not an array of tables");
  REQUIRE(error("artifacts = [1]\n" + std::string(kHead)) == "collection.toml:1: artifact 1 is not a table");
  REQUIRE(error(Replaced(WithArtifact(""), "origin = \"local\"\n", "")) == "collection.toml:7: origin of artifact 1 \"x\" is missing");
  REQUIRE(error(Replaced(WithArtifact(""), "\"skills/x\"", "7")) == "collection.toml:10: path of artifact 1 \"x\" is not a string");
  REQUIRE(
      error(Replaced(WithArtifact(""), "skills/x", "../x")).starts_with("collection.toml:10: path of artifact 1 \"x\" is not allowed: "));
  REQUIRE(
      error(Replaced(WithArtifact(""), "skills/x", "/etc")).starts_with("collection.toml:10: path of artifact 1 \"x\" is not allowed: "));
  REQUIRE(error(Replaced(WithArtifact(""), "\"x\"", "\"../x\""))
              .starts_with("collection.toml:8: name of artifact 1 \"../x\" is not allowed: "));
  REQUIRE(error(Replaced(WithArtifact(""), "\"x\"", "\"\\u001b[2J\"")).find('\x1b') == std::string::npos);
  REQUIRE(error(WithArtifact("tags = [\"a\", 1]\n")) == "collection.toml:13: tags of artifact 1 \"x\" is not an array of strings");
  REQUIRE(error(WithArtifact("metadata = 1\n")) == "collection.toml:13: metadata of artifact 1 \"x\" is not a table");
  REQUIRE(error(WithArtifact("\n[[artifacts]]\nname = \"x\"\ntype = \"skill\"\npath = \"skills/y\"\norigin = \"local\"\n")) ==
          "collection.toml:14: skill:x stands here a second time, after line 7");
}

TEST_CASE("a lock that is broken is refused with file, line and fault") {
  const auto error = [](const std::string& lock) { return CollectionDir(WithArtifact(""), lock).ReadError(); };
  REQUIRE(error("[lock]\n[lock.entries.\"x::skill\"]\nfetched = \"2026-03-01T08:00:00\"\n") ==
          "collection.lock:2: content_hash of \"x::skill\" is missing");
  REQUIRE(error("[lock]\nentries = 1\n") == "collection.lock:2: lock.entries is not a table");
  REQUIRE(error("[lock]\nentries = {\"x::skill\" = 1}\n") == "collection.lock:2: \"x::skill\" is not a table");
  REQUIRE(error("[lock\n").starts_with("collection.lock:1: "));
}

TEST_CASE("a broken file is neither written nor lost, and the other one is not touched") {
  const std::string broken = Replaced(kGoldenLock, "fetched = \"", "fetched = ");
  const CollectionDir dir(kGoldenManifest, broken);
  Collection collection;
  collection.name = "default";
  REQUIRE(dir.WriteError(collection).starts_with("collection.lock:6: "));
  REQUIRE(dir.manifest() == kGoldenManifest);
  REQUIRE(dir.lock() == broken);

  const CollectionDir other("[collection\n", kGoldenLock);
  REQUIRE(other.WriteError(collection).starts_with("collection.toml:1: "));
  REQUIRE(other.manifest() == "[collection\n");
  REQUIRE(other.lock() == kGoldenLock);

  const CollectionDir lock_only("", "[lock]\nentries = {\"x::skill\" = 1}\n");
  std::filesystem::remove(lock_only.path() / "collection.toml");
  REQUIRE(lock_only.WriteError(collection).starts_with("collection.lock:2: "));
  REQUIRE_FALSE(std::filesystem::exists(lock_only.path() / "collection.toml"));
}

TEST_CASE("what could not be read back is not written") {
  const CollectionDir dir(kGoldenManifest, kGoldenLock);
  const Collection good = dir.Read();
  Collection bad = good;
  bad.artifacts[0].metadata["title"] = "\xff";
  REQUIRE(dir.WriteError(bad).ends_with("artifacts[0].metadata.title is not UTF-8"));
  bad = good;
  bad.artifacts[0].path = "../x";
  REQUIRE_FALSE(dir.WriteError(bad).empty());
  bad = good;
  bad.artifacts[0].name = "a/b";
  REQUIRE_FALSE(dir.WriteError(bad).empty());
  REQUIRE(dir.manifest() == kGoldenManifest);
  REQUIRE(dir.lock() == kGoldenLock);
}

TEST_CASE("a draft knows whether its files are still what was read, and is written like the collection") {
  const CollectionDir dir;
  Collection collection;
  collection.name = "mine";
  REQUIRE(dir.Write(collection));
  auto draft = CollectionDraft::Read(dir.path()).value();
  REQUIRE(draft.standing().name == "mine");
  REQUIRE(draft.Current());
  SECTION("another file") {
    WriteFile(dir.path() / "collection.toml", dir.manifest() + "\n# by hand\n");
    REQUIRE_FALSE(draft.Current());
  }
  SECTION("a file more") {
    WriteFile(dir.path() / "collection.lock", "");
    REQUIRE_FALSE(draft.Current());
  }
  SECTION("a file less") {
    std::filesystem::remove(dir.path() / "collection.toml");
    REQUIRE_FALSE(draft.Current());
  }
  SECTION("written") {
    collection.name = "yours";
    REQUIRE(draft.Compose(collection, At("2026-05-05T05:05:06.000005")).ok());
    REQUIRE(dir.Read().name == "mine");
    REQUIRE(draft.Save().value());
    REQUIRE(dir.Read().name == "yours");
    REQUIRE(draft.manifest_digest() == Sha256(dir.manifest()));
    REQUIRE(dir.Read().updated == At("2026-05-05T05:05:06.000005"));
    REQUIRE(draft.Current());
  }
}

TEST_CASE("no collection.toml is not found, a directory in its place is a failure") {
  const CollectionDir dir;
  REQUIRE(ReadCollection(dir.path()).error().code == Code::kNotFound);
  REQUIRE(ReadCollection(dir.path() / "nowhere").error().code == Code::kNotFound);
  std::filesystem::create_directory(dir.path() / "collection.toml");
  REQUIRE(ReadCollection(dir.path()).error().code == Code::kFailed);
}

}  // namespace
}  // namespace skilltrail::manifest
