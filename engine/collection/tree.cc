#include "engine/collection/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "events/name.h"

namespace skilltrail::collection {
namespace {

constexpr std::string_view kMagic = "skilltrail-tree 1\n";
constexpr std::string_view kPlainMode = "100644";
constexpr std::string_view kExecutableMode = "100755";
constexpr size_t kDigestDigits = 64;

bool HasGitPart(std::string_view path) {
  while (true) {
    const size_t slash = path.find('/');
    if (path.substr(0, slash) == ".git") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

// The text before the next `end`, which is taken off `rest` with it; nothing if there is no `end`.
std::optional<std::string_view> Take(std::string_view& rest, char end) {
  const size_t at = rest.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto text = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return text;
}

std::optional<TreeEntry> TakeEntry(std::string_view& rest) {
  const auto mode = Take(rest, ' ');
  const auto size = Take(rest, ' ');
  const auto hex = Take(rest, ' ');
  const auto path = Take(rest, '\0');
  if (!mode || !size || !hex || !path || hex->size() != kDigestDigits) return std::nullopt;
  if (*mode != kPlainMode && *mode != kExecutableMode) return std::nullopt;
  TreeEntry entry;
  const auto parsed = std::from_chars(size->data(), size->data() + size->size(), entry.size);
  const auto digest = DigestFromHex(*hex);
  if (parsed.ec != std::errc() || parsed.ptr != size->data() + size->size() || !digest) return std::nullopt;
  entry.executable = *mode == kExecutableMode;
  entry.digest = *digest;
  entry.path = *path;
  return entry;
}

}  // namespace

bool PathLess(std::string_view a, std::string_view b) {
  // The separator sorts below every byte of a name; that is the order of the lists of components.
  const auto rank = [](char c) { return c == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(c)); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return rank(x) < rank(y); });
}

void Tree::Sort() {
  std::sort(entries.begin(), entries.end(), [](const TreeEntry& a, const TreeEntry& b) { return PathLess(a.path, b.path); });
}

std::string Tree::Encode() const {
  std::string bytes(kMagic);
  for (const auto& entry : entries) {
    bytes += fmt::format("{} {} {} ", entry.executable ? kExecutableMode : kPlainMode, entry.size, entry.digest.hex());
    bytes += entry.path;
    bytes += '\0';
  }
  return bytes;
}

uint64_t Tree::bytes() const {
  uint64_t sum = 0;
  for (const auto& entry : entries) sum += entry.size;
  return sum;
}

const TreeEntry* Tree::Find(std::string_view path) const {
  const auto found = std::lower_bound(entries.begin(), entries.end(), path,
                                      [](const TreeEntry& entry, std::string_view wanted) { return PathLess(entry.path, wanted); });
  return found != entries.end() && found->path == path ? &*found : nullptr;
}

Result<Tree> DecodeTree(std::string_view bytes) {
  const auto corrupt = [](std::string_view why) { return Error{Code::kCorrupt, fmt::format("not a tree: {}", why), {}}; };
  if (!bytes.starts_with(kMagic)) return corrupt("it does not begin like one");
  Tree tree;
  std::string_view rest = bytes.substr(kMagic.size());
  while (!rest.empty()) {
    auto entry = TakeEntry(rest);
    if (!entry) return corrupt(fmt::format("entry {} is malformed", tree.entries.size() + 1));
    tree.entries.push_back(std::move(*entry));
  }
  if (Status good = CheckTree(tree); !good.ok()) return corrupt(good.error().message);
  // One content has one digest: what parses but is written in another way (a leading zero, upper case) is refused.
  if (tree.Encode() != bytes) return corrupt("it is not in canonical form");
  return tree;
}

Status CheckTree(const Tree& tree) {
  const std::string* before = nullptr;
  for (const auto& entry : tree.entries) {
    const auto refuse = [&](std::string_view why) { return Error{Code::kUsage, fmt::format("path {}: {}", Quote(entry.path), why), {}}; };
    RETURN_IF_ERROR(CheckRelativePath(entry.path));
    if (!IsUtf8(entry.path)) return refuse("it is not UTF-8");
    if (HasGitPart(entry.path)) return refuse("git's own files are not content");
    if (before != nullptr) {
      if (*before == entry.path) return refuse("it is there twice");
      if (!PathLess(*before, entry.path)) return refuse("it is out of order");
      // What stands below a path sorts right behind it.
      if (entry.path.starts_with(*before + "/")) return refuse(fmt::format("{} is a file", Quote(*before)));
    }
    before = &entry.path;
  }
  return {};
}

std::vector<FileChange> CompareTrees(const Tree& before, const Tree& after) {
  std::vector<FileChange> changes;
  auto old_entry = before.entries.begin();
  auto new_entry = after.entries.begin();
  while (old_entry != before.entries.end() || new_entry != after.entries.end()) {
    if (new_entry == after.entries.end() || (old_entry != before.entries.end() && PathLess(old_entry->path, new_entry->path))) {
      changes.push_back({old_entry++->path, FileChange::Kind::kRemoved});
    } else if (old_entry == before.entries.end() || PathLess(new_entry->path, old_entry->path)) {
      changes.push_back({new_entry++->path, FileChange::Kind::kAdded});
    } else {
      if (old_entry->digest != new_entry->digest || old_entry->executable != new_entry->executable) {
        changes.push_back({new_entry->path, FileChange::Kind::kModified});
      }
      ++old_entry;
      ++new_entry;
    }
  }
  return changes;
}

const char* FileChangeName(FileChange::Kind kind) {
  switch (kind) {
    case FileChange::Kind::kAdded:
      return "added";
    case FileChange::Kind::kModified:
      return "modified";
    case FileChange::Kind::kRemoved:
      return "removed";
  }
  CheckFailed("a known kind of change", __FILE__, __LINE__);
}

}  // namespace skilltrail::collection
