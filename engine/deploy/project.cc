#include <fmt/format.h>

#include <system_error>

#include "engine/deploy/deploy.h"
#include "events/name.h"

namespace skilltrail::deploy {
namespace {

namespace fs = std::filesystem;

const std::vector<Profile>& Profiles() {
  static const std::vector<Profile> profiles = {
      {"claude_code", ".claude"}, {"codex", ".codex"}, {"gemini", ".gemini"}, {"cursor", ".cursor"}};
  return profiles;
}

bool HasProfileRoot(const fs::path& dir) {
  std::error_code ignored;
  for (const auto& profile : Profiles()) {
    if (fs::is_directory(dir / profile.root, ignored)) return true;
  }
  return false;
}

}  // namespace

Result<Profile> FindProfile(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& profile : Profiles()) {
    if (word == profile.id || word == profile.root || word == std::string_view(profile.root).substr(1)) return profile;
    known.push_back(profile.id);
  }
  if (word.starts_with('.') && word != ".git" && CheckName(word.substr(1), "profile").ok()) {
    return Profile{std::string(word.substr(1)), std::string(word)};
  }
  const std::string near = Nearest(word, known);
  return Error{Code::kUsage, fmt::format("unknown profile \"{}\"", word),
               near.empty() ? fmt::format("one of {}, or a directory's name with its dot", fmt::join(known, ", "))
                            : fmt::format("did you mean \"{}\"?", near)};
}

Result<fs::path> NameProject(const fs::path& dir, const fs::path& cwd) {
  std::error_code failed;
  fs::path project = fs::weakly_canonical(dir.is_absolute() ? dir : cwd / dir, failed);
  if (failed) return Error{Code::kFailed, fmt::format("cannot read {}: {}", dir.string(), failed.message()), {}};
  return project.has_filename() ? project : project.parent_path();
}

Result<fs::path> FindProject(const fs::path& dir, const fs::path& cwd) {
  std::error_code failed;
  if (!dir.empty()) {
    fs::path project = fs::weakly_canonical(dir.is_absolute() ? dir : cwd / dir, failed);
    if (failed || !fs::is_directory(project, failed)) return Error{Code::kNotFound, fmt::format("no directory {}", dir.string()), {}};
    return project;
  }
  const fs::path start = fs::weakly_canonical(cwd, failed);
  if (failed) return Error{Code::kFailed, fmt::format("cannot read {}: {}", cwd.string(), failed.message()), {}};
  for (fs::path at = start;; at = at.parent_path()) {
    if (HasProfileRoot(at)) return at;
    if (at == at.parent_path()) return start;
  }
}

}  // namespace skilltrail::deploy
