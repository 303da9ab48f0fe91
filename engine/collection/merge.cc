#include "engine/collection/merge.h"

#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace skilltrail::collection {
namespace {

using Files = std::map<std::string, const File*>;

Files ByPath(const Content& content) {
  Files files;
  for (const auto& file : content.files) files.emplace(file.path, &file);
  return files;
}

const File* At(const Files& files, const std::string& path) {
  auto found = files.find(path);
  return found == files.end() ? nullptr : found->second;
}

bool Same(const File* a, const File* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->executable == b->executable && a->bytes == b->bytes;
}

struct MergedFile {
  std::optional<File> file;
  bool conflict = false;
  bool unmerged = false;
};

// Of a file that both sides have, and changed or added, each in its way.
MergedFile MergeBoth(const File* before, const File& mine, const File& its, const text::MergeLabels& labels) {
  MergedFile merged{mine, false, false};
  const bool bit_before = before != nullptr && before->executable;
  merged.file->executable = mine.executable != bit_before ? mine.executable : its.executable;
  auto lines = text::MergeText(before == nullptr ? std::string_view() : before->bytes, mine.bytes, its.bytes, labels);
  merged.conflict = lines.outcome != text::Merged::Outcome::kClean;
  merged.unmerged = merged.conflict && lines.text.empty();
  if (!merged.unmerged) merged.file->bytes = std::move(lines.text);
  return merged;
}

MergedFile MergeFile(const File* before, const File* mine, const File* its, const text::MergeLabels& labels) {
  const auto take = [](const File* file) { return file == nullptr ? std::optional<File>() : std::optional<File>(*file); };
  if (Same(mine, before)) return {take(its), false, false};
  if (Same(its, before) || Same(mine, its)) return {take(mine), false, false};
  if (mine == nullptr || its == nullptr) return {take(mine == nullptr ? its : mine), true, its == nullptr};
  return MergeBoth(before, *mine, *its, labels);
}

}  // namespace

MergedContent MergeContents(const Content& base, const Content& ours, const Content& theirs, const text::MergeLabels& labels) {
  const Files was = ByPath(base), here = ByPath(ours), there = ByPath(theirs);
  std::set<std::string> paths;
  for (const auto* files : {&was, &here, &there}) {
    for (const auto& [path, file] : *files) paths.insert(path);
  }
  MergedContent merged;
  merged.content.single_file = ours.single_file;
  for (const auto& path : paths) {
    MergedFile file = MergeFile(At(was, path), At(here, path), At(there, path), labels);
    if (file.conflict) merged.conflicts.push_back(path);
    if (file.unmerged) merged.unmerged.push_back(path);
    if (file.file) merged.content.files.push_back(std::move(*file.file));
  }
  SortFiles(merged.content);
  return merged;
}

}  // namespace skilltrail::collection
