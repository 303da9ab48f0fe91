// Provenance: what other installers leave beside or inside a skill about where it came from. GitHub's command line writes keys of its own
// into SKILL.md (metadata.github-repo, github-ref, github-path, github-tree-sha, github-pinned; metadata.local-path), and writes the front
// matter anew; the skills.sh installer keeps a skills-lock.json in the project. Read as hostile input, and never an error: what is not
// understood says nothing.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "events/id.h"

namespace skilltrail::collection {

struct Provenance {
  std::string repository;    // owner/repo
  std::string source;        // owner/repo/path[@ref]
  std::string version_spec;  // the ref, or "latest"
  std::string hash;          // skills-lock.json's hash of it; empty: not said
};

// What the artifact's own file says; nothing if it says nothing of GitHub.
std::optional<Provenance> StatedProvenance(ArtifactType type, const Content& content);

// The file without those keys, in a form in which nothing counts but what it says: keys sorted, layout and quotes of the front matter gone,
// blank lines around the body gone. Bytes that have no front matter, or one that is no plain YAML, are returned as they are.
std::string WithoutProvenance(std::string_view text);
// True if the two differ, if at all, in nothing but that, in the file that holds the artifact's metadata.
bool SameButProvenance(ArtifactType type, const Content& a, const Content& b);

// The skills of the nearest skills-lock.json in `dir` or up to three directories above it, by name.
std::map<std::string, Provenance> ReadSkillsLock(const std::filesystem::path& dir);
// Where a skill that stands on disk came from, by its own file, else by the lock. Adds a note if it is no longer what the lock has.
std::optional<Provenance> ProvenanceOf(const ArtifactId& id, const Content& content, const std::map<std::string, Provenance>& locked,
                                       std::vector<std::string>& notes);
// True if `hash` of a skills-lock.json is that of the content, in one of the orders in which installers have walked over files.
bool IsAsLocked(const Content& content, std::string_view hash);

}  // namespace skilltrail::collection
