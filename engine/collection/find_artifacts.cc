#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/collection/artifact_kind.h"
#include "events/name.h"

namespace skilltrail::collection {
namespace {

using Components = std::vector<std::string_view>;

Components Split(std::string_view path) {
  Components components;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    components.push_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return components;
}

std::string Join(std::span<const std::string_view> components, std::string_view between) {
  std::string joined;
  for (const auto& component : components) {
    if (!joined.empty()) joined += between;
    joined += component;
  }
  return joined;
}

// Where the name of a candidate comes from: each level is tried only when the one before it is not unique.
enum class NameLevel { kOwn, kParent, kFolders, kNumbered };

struct Candidate {
  ArtifactId id;
  std::string path;
  std::string own;      // last component without .md
  std::string parent;   // <parent of the container>-<own>
  std::string folders;  // every folder except the container, and <own>
  NameLevel level = NameLevel::kOwn;
};

// `shown` leads to what names the artifact, the last of it; `container` is the index of its container folder.
Candidate MakeCandidate(ArtifactType type, std::string path, Components shown, size_t container) {
  Candidate candidate;
  if (IsSingleFile(type) && shown.back().ends_with(".md")) shown.back().remove_suffix(3);
  candidate.own = shown.back();
  candidate.parent = container == 0 ? candidate.own : fmt::format("{}-{}", shown[container - 1], candidate.own);
  shown.erase(shown.begin() + static_cast<std::ptrdiff_t>(container));
  candidate.folders = Join(shown, "-");
  candidate.id = {type, candidate.own};
  candidate.path = std::move(path);
  return candidate;
}

// The innermost container folder among the first `count` components.
std::optional<size_t> InnermostContainer(const Components& components, size_t count) {
  while (count-- > 0) {
    if (ContainerType(components[count])) return count;
  }
  return std::nullopt;
}

bool IsNamedByItsFolder(ArtifactType type, std::string_view file_name) {
  return type == ArtifactType::kCommand ? file_name == "command.md" || file_name == "COMMAND.md"
                                        : file_name == "agent.md" || file_name == "AGENT.md";
}

// What this file makes an artifact: its directory, or itself. Nothing at all, mostly.
std::optional<Candidate> CandidateOf(const std::string& file, size_t root_depth) {
  const Components components = Split(file);
  const size_t folders = components.size() - 1;
  const auto name = components.back();
  for (size_t i = root_depth; i < folders; ++i) {
    if (components[i].starts_with('.')) return std::nullopt;
  }
  // A directory must stand below its container and at or below the root.
  if (const auto above = folders == 0 ? std::nullopt : InnermostContainer(components, folders - 1); above && folders >= root_depth) {
    const ArtifactType type = *ContainerType(components[*above]);
    if (IsMarker(type, name)) {
      const Components directory(components.begin(), components.end() - 1);
      return MakeCandidate(type, Join(directory, "/"), directory, *above);
    }
  }
  const auto above = InnermostContainer(components, folders);
  if (!above || name.starts_with('.') || !name.ends_with(".md") || IsDocumentation(name)) return std::nullopt;
  const ArtifactType type = *ContainerType(components[*above]);
  if (!IsSingleFile(type)) return std::nullopt;
  const bool by_folder = folders > *above + 1 && IsNamedByItsFolder(type, name);
  return MakeCandidate(type, file, by_folder ? Components(components.begin(), components.end() - 1) : components, *above);
}

void Raise(Candidate& candidate) {
  switch (candidate.level) {
    case NameLevel::kOwn:
      candidate.level = NameLevel::kParent;
      candidate.id.name = candidate.parent;
      break;
    case NameLevel::kParent:
      candidate.level = NameLevel::kFolders;
      candidate.id.name = candidate.folders;
      break;
    case NameLevel::kFolders:
    case NameLevel::kNumbered:
      candidate.level = NameLevel::kNumbered;
      break;
  }
}

using ByName = std::map<std::string, std::vector<Candidate*>, std::less<>>;

ByName GroupByName(std::vector<Candidate>& candidates) {
  ByName groups;
  for (auto& candidate : candidates) groups[candidate.id.text()].push_back(&candidate);
  return groups;
}

// Gives every candidate (they are sorted by path) a name of its own.
void MakeUnique(std::vector<Candidate>& candidates) {
  // Each round lifts at least one candidate of a group that clashes, and no candidate is lifted more than three times.
  for (bool clashed = true; clashed;) {
    clashed = false;
    for (auto& [name, group] : GroupByName(candidates)) {
      if (group.size() < 2) continue;
      // A name that something has by itself stays with it when a made-up one happens to be the same.
      const bool all_own = std::all_of(group.begin(), group.end(), [](const Candidate* one) { return one->level == NameLevel::kOwn; });
      for (Candidate* one : group) {
        if ((one->level == NameLevel::kOwn && !all_own) || one->level == NameLevel::kNumbered) continue;
        Raise(*one);
        clashed = true;
      }
    }
  }
  std::set<std::string, std::less<>> taken;
  for (const auto& candidate : candidates) {
    if (candidate.level != NameLevel::kNumbered) taken.insert(candidate.id.text());
  }
  for (auto& candidate : candidates) {
    if (candidate.level != NameLevel::kNumbered) continue;
    for (size_t number = 2; !taken.insert(candidate.id.text()).second; ++number) {
      candidate.id.name = fmt::format("{}-{}", candidate.folders, number);
    }
  }
}

}  // namespace

std::vector<Found> FindArtifacts(std::span<const std::string> file_paths, std::string_view root) {
  while (root.ends_with('/')) root.remove_suffix(1);
  const size_t root_depth = Split(root).size();
  std::map<std::string, Candidate, decltype(&PathLess)> by_path(&PathLess);
  for (const auto& file : file_paths) {
    const bool below = root.empty() || file == root || (file.starts_with(root) && file[root.size()] == '/');
    if (!below || !CheckRelativePath(file).ok()) continue;
    if (auto candidate = CandidateOf(file, root_depth)) by_path.emplace(candidate->path, *candidate);
  }
  std::vector<Candidate> candidates;
  std::string outer;  // the last artifact found; what stands inside it sorts right behind it
  for (auto& [path, candidate] : by_path) {
    if (!outer.empty() && path.starts_with(outer)) continue;
    outer = path + "/";
    candidates.push_back(std::move(candidate));
  }
  MakeUnique(candidates);
  std::vector<Found> found;
  for (auto& candidate : candidates) {
    if (CheckName(candidate.id.name, "artifact").ok()) found.push_back({std::move(candidate.id), std::move(candidate.path)});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.id < b.id; });
  return found;
}

}  // namespace skilltrail::collection
