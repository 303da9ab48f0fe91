#include "engine/refresh/merge.h"

#include <map>
#include <set>

namespace skilltrail::refresh {
namespace {

using Files = std::map<std::string, const collection::File*>;

Files ByPath(const collection::Content& content) {
  Files files;
  for (const auto& file : content.files) files.emplace(file.path, &file);
  return files;
}

const collection::File* At(const Files& files, const std::string& path) {
  auto found = files.find(path);
  return found == files.end() ? nullptr : found->second;
}

bool Same(const collection::File* a, const collection::File* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->executable == b->executable && a->bytes == b->bytes;
}

}  // namespace

Merged Merge(const collection::Content& base, const collection::Content& ours, const collection::Content& theirs) {
  const Files was = ByPath(base), here = ByPath(ours), there = ByPath(theirs);
  std::set<std::string> paths;
  for (const auto* files : {&was, &here, &there}) {
    for (const auto& [path, file] : *files) paths.insert(path);
  }
  Merged merged;
  merged.content.single_file = ours.single_file;
  for (const auto& path : paths) {
    const collection::File *before = At(was, path), *mine = At(here, path), *its = At(there, path);
    if (!Same(mine, before) && !Same(its, before) && !Same(mine, its)) {
      merged.conflicts.push_back(path);
      continue;
    }
    const collection::File* taken = Same(mine, before) ? its : mine;
    if (taken != nullptr) merged.content.files.push_back(*taken);
  }
  collection::SortFiles(merged.content);
  return merged;
}

}  // namespace skilltrail::refresh
