#include "engine/collection/content.h"

#include <algorithm>
#include <array>
#include <span>

namespace skilltrail::collection {
namespace {

// A file as git's tree objects see it. The path stands in the content, the id is raw.
struct GitFile {
  std::string_view path;
  bool executable;
  std::string id;
};

std::string RawId(const std::string& hex) {
  const auto bytes = FromHex(hex);
  CHECK(bytes.has_value());
  return {bytes->begin(), bytes->end()};
}

// Git's id of the directory that holds these files; the first `skip` bytes of their paths lead to it. They are sorted by components, so
// that those of one subdirectory stand together.
std::string GitTreeId(std::span<const GitFile> files, size_t skip) {
  struct Entry {
    std::string sort_key;  // git sorts a directory as if its name ended in '/'
    std::string bytes;
  };
  std::vector<Entry> entries;
  for (size_t i = 0; i < files.size();) {
    const auto path = files[i].path.substr(skip);
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) {
      const std::string name(path);
      entries.push_back({name, (files[i].executable ? "100755 " : "100644 ") + name + '\0' + files[i].id});
      ++i;
      continue;
    }
    const std::string name(path.substr(0, slash));
    size_t end = i + 1;
    while (end < files.size() && files[end].path.substr(skip).starts_with(name + "/")) ++end;
    entries.push_back({name + "/", "40000 " + name + '\0' + RawId(GitTreeId(files.subspan(i, end - i), skip + slash + 1))});
    i = end;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; });
  std::string body;
  for (const auto& entry : entries) body += entry.bytes;
  Hasher hasher(Hasher::Kind::kSha1);
  hasher.Update("tree " + std::to_string(body.size()) + '\0');
  hasher.Update(body);
  return hasher.FinishSha1Hex();
}

std::vector<const File*> InOrder(const Content& content) {
  std::vector<const File*> files;
  for (const auto& file : content.files) files.push_back(&file);
  std::sort(files.begin(), files.end(), [](const File* a, const File* b) { return PathLess(a->path, b->path); });
  return files;
}

bool PeerDropsName(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames = {".git",  ".github", ".gitignore", "__pycache__", "node_modules",
                                                             ".venv", "venv",    ".DS_Store",  "Thumbs.db"};
  static constexpr std::array<std::string_view, 3> kEndings = {".pyc", ".pyo", ".egg-info"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

void SortFiles(Content& content) {
  std::sort(content.files.begin(), content.files.end(), [](const File& a, const File& b) { return PathLess(a.path, b.path); });
}

Version Describe(const Content& content) {
  Version version;
  std::vector<GitFile> git_files;
  for (const File* file : InOrder(content)) {
    version.tree.entries.push_back({file->path, file->executable, file->bytes.size(), Sha256(file->bytes)});
    git_files.push_back({file->path, file->executable, RawId(GitBlobId(file->bytes))});
  }
  version.tree_digest = Sha256(version.tree.Encode());
  version.content_hash = ContentHash(content);
  version.git_tree = content.single_file && git_files.size() == 1 ? GitBlobId(content.files.front().bytes) : GitTreeId(git_files, 0);
  return version;
}

bool PeerDropsOnDeploy(std::string_view relative_path) {
  while (true) {
    const size_t slash = relative_path.find('/');
    if (PeerDropsName(relative_path.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    relative_path.remove_prefix(slash + 1);
  }
}

std::string ContentHash(const Content& content, const std::function<bool(std::string_view)>& keep) {
  if (content.single_file && content.files.size() == 1) return Sha256(content.files.front().bytes).hex();
  Hasher hasher;
  for (const File* file : InOrder(content)) {
    if (keep && !keep(file->path)) continue;
    hasher.Update(file->path);
    hasher.Update(file->bytes);
  }
  return hasher.Finish().hex();
}

}  // namespace skilltrail::collection
