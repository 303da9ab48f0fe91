// CrashWorld: a few artifacts that are brought back and forth between two versions while the program that does it is killed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/collection/materialise.h"
#include "tests/collection/collection_fixture.h"

namespace skilltrail::collection {

inline constexpr size_t kCrashArtifacts = 8;

inline std::filesystem::path CrashPath(const std::filesystem::path& dir, size_t artifact) {
  return dir / (artifact % 4 == 3 ? "commands" : "skills") / ("a" + std::to_string(artifact) + (artifact % 4 == 3 ? ".md" : ""));
}

// Nothing: the artifact does not exist in that version.
inline std::optional<Content> CrashContent(size_t artifact, int version) {
  if (version == 0) return std::nullopt;
  const std::string text = "artifact " + std::to_string(artifact) + " version " + std::to_string(version) + "\n";
  if (artifact == 7 && version == 2) return std::nullopt;
  if (artifact % 4 == 3) return FileOf("a" + std::to_string(artifact) + ".md", text);
  if (artifact == 1 && version == 1) return std::nullopt;
  if (artifact == 2 && version == 2) return std::nullopt;
  Content content;
  for (size_t i = 0; i < 12; ++i) content.files.push_back({"f" + std::to_string(i) + "/" + std::to_string(version), i % 2 == 0, text});
  SortFiles(content);
  return content;
}

inline Digest CrashDigest(size_t artifact, int version) {
  const auto content = CrashContent(artifact, version);
  return content ? Describe(*content).tree_digest : Digest{};
}

inline std::vector<Placement> CrashPlacements(const std::filesystem::path& dir, int from, int to) {
  std::vector<Placement> placements;
  for (size_t artifact = 0; artifact < kCrashArtifacts; ++artifact) {
    Placement placement;
    placement.path = CrashPath(dir, artifact);
    placement.single_file = artifact % 4 == 3;
    placement.expected_before = CrashDigest(artifact, from);
    if (const auto content = CrashContent(artifact, to)) placement.tree = Describe(*content).tree;
    placements.push_back(std::move(placement));
  }
  return placements;
}

}  // namespace skilltrail::collection
