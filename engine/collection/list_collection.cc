#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <tuple>

#include "engine/collection/artifact_kind.h"
#include "engine/collection/capture.h"
#include "engine/collection/file_system.h"
#include "events/name.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFirstBytes = 4096;  // of a file, to see whether it is blank

struct CloseDirectory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

// The names in a directory, sorted; nothing if no directory stands there.
Result<std::optional<std::vector<std::string>>> Names(const fs::path& dir) {
  const std::unique_ptr<DIR, CloseDirectory> listing(::opendir(dir.c_str()));
  if (!listing && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::vector<std::string>>();
  if (!listing) return SystemError("list", dir, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (entry == nullptr && errno != 0) return SystemError("list", dir, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return std::optional(std::move(names));
}

// Enough of the file to tell whether it is blank. A long one whose beginning is white space is read on.
Result<std::string> FirstBytes(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.ok()) return SystemError("read", path, errno);
  std::string bytes;
  char buffer[kFirstBytes];
  while (bytes.find_first_not_of(" \t\r\n\f\v") == std::string::npos) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path, errno);
    if (got == 0) break;
    bytes.assign(buffer, static_cast<size_t>(got));
  }
  return bytes;
}

// What CheckContent needs to judge an entry of a container: names at its top, and the beginnings of the files that count. Nothing if there
// is nothing in it.
Result<std::optional<Content>> Outline(ArtifactType type, const fs::path& path) {
  Content outline;
  std::error_code failed;
  outline.single_file = fs::is_regular_file(path, failed);
  if (outline.single_file) {
    ASSIGN_OR_RETURN(std::string bytes, FirstBytes(path));
    outline.files.push_back({path.filename().string(), false, std::move(bytes)});
    return std::optional(std::move(outline));
  }
  ASSIGN_OR_RETURN(const auto names, Names(path));
  if (!names) return Error{Code::kFailed, "it is neither a file nor a directory", {}};
  for (const auto& name : *names) {
    const bool counts = IsSingleFile(type) ? name.ends_with(".md") : IsMarker(type, name);
    if (!counts || !fs::is_regular_file(path / name, failed)) continue;
    ASSIGN_OR_RETURN(std::string bytes, FirstBytes(path / name));
    outline.files.push_back({name, false, std::move(bytes)});
  }
  return names->empty() ? std::optional<Content>() : std::optional(std::move(outline));
}

// Nothing for what is passed over.
std::optional<FoundOnDisk> Judge(ArtifactType type, const fs::path& container, const std::string& name) {
  std::string bare = name;
  if (IsSingleFile(type) && bare.ends_with(".md")) bare.resize(bare.size() - 3);
  FoundOnDisk found{{type, ToUtf8(bare)}, fmt::format("{}/{}", ContainerName(type), ToUtf8(name)), {}};
  auto outline = Outline(type, container / name);
  if (!outline.ok()) {
    found.problem = outline.error().message;
    return found;
  }
  if (!*outline) return std::nullopt;
  Status good = CheckName(bare, "artifact");
  if (good.ok()) good = CheckContent(type, **outline);
  if (!good.ok()) found.problem = good.error().message;
  return found;
}

}  // namespace

Result<std::vector<FoundOnDisk>> ListCollection(const fs::path& dir, const std::set<std::string, std::less<>>& known) {
  ASSIGN_OR_RETURN(const auto root, Names(dir));
  if (!root) return Error{Code::kFailed, fmt::format("cannot list {}: no such directory", dir.string()), {}};
  std::vector<FoundOnDisk> all;
  for (const ArtifactType type : AllTypes()) {
    const fs::path container = dir / ContainerName(type);
    ASSIGN_OR_RETURN(const auto names, Names(container));
    if (!names) continue;
    for (const auto& name : *names) {
      if (name.starts_with('.') || (IsSingleFile(type) && IsDocumentation(name))) continue;
      if (known.contains(fmt::format("{}/{}", ContainerName(type), name))) continue;
      if (auto found = Judge(type, container, name)) all.push_back(std::move(*found));
    }
  }
  // Of two with one id the file comes first: its path is longer by ".md".
  std::sort(all.begin(), all.end(), [](const FoundOnDisk& a, const FoundOnDisk& b) {
    return std::tuple(a.id.text(), b.path.size(), a.path) < std::tuple(b.id.text(), a.path.size(), b.path);
  });
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].id == all[i - 1].id && all[i].problem.empty()) {
      all[i].problem = fmt::format("{} stands at {}", all[i].id.text(), all[i - 1].path);
    }
  }
  return all;
}

Result<Content> ReadArtifact(const fs::path& dir, std::string_view relative) {
  const fs::path path = dir / relative;
  auto content = ReadContent(path);
  if (content.ok() || content.error().code != Code::kNotFound) return content;
  for (const fs::path& above : {dir, path.parent_path()}) {
    ASSIGN_OR_RETURN(const auto names, Names(above));
    if (names) continue;
    return Error{Code::kFailed, fmt::format("cannot tell whether {} was deleted: there is no directory {}", path.string(), above.string()),
                 "bring the directory back, or skilltrail restore --at @ does; an empty one says that everything in it was deleted"};
  }
  return content;
}

}  // namespace skilltrail::collection
