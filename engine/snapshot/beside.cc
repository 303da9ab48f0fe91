#include "engine/snapshot/beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "engine/collection/capture.h"
#include "engine/collection/materialise.h"
#include "engine/collection/parallel.h"
#include "engine/session/writing.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;

Error CannotWrite(const fs::path& path, const std::error_code& why) {
  return {Code::kFailed, fmt::format("cannot write {}: {}", path.string(), why.message()), {}};
}

Status WriteItem(const Reading& reading, const BesideItem& item, const fs::path& path) {
  ASSIGN_OR_RETURN(const collection::Tree tree, collection::LoadTree(item.tree, reading.blobs()));
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (failed) return CannotWrite(path.parent_path(), failed);
  return collection::WriteTree(tree, IsFilePath(item.artifact, path), path, reading.blobs());
}

Status WriteAll(const Reading& reading, const std::vector<BesideItem>& items, const fs::path& staging, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(staging, failed);
  if (failed) return CannotWrite(staging, failed);
  const auto write = [&](size_t i) -> Status {
    if (Interrupted(reading.context())) return Error{Code::kInterrupted, fmt::format("interrupted: {} was not written", to.string()), {}};
    return WriteItem(reading, items[i], staging / items[i].path);
  };
  const auto progress = [&](size_t begun) { Report(reading.context(), "writing files", begun, items.size()); };
  RETURN_IF_ERROR(collection::OnEveryCore(items.size(), write, {0, progress}));
  RETURN_IF_ERROR(collection::SyncFileSystem(staging));
  fs::rename(staging, to, failed);
  if (failed) return CannotWrite(to, failed);
  return collection::SyncFileSystem(to);
}

}  // namespace

Status CheckBesideTarget(const fs::path& to) {
  std::error_code failed;
  const auto standing = fs::symlink_status(to, failed);
  if (!fs::status_known(standing)) return CannotWrite(to, failed);
  if (!fs::exists(standing)) return {};
  if (fs::is_symlink(standing)) {
    return Error{Code::kConflict, fmt::format("{} is a symbolic link", to.string()),
                 "give the directory that it points to, or another one"};
  }
  if (!fs::is_directory(standing)) return Error{Code::kConflict, fmt::format("{} is there and is no directory", to.string()), {}};
  const bool empty = fs::is_empty(to, failed);
  if (failed) return Error{Code::kFailed, fmt::format("cannot list {}: {}", to.string(), failed.message()), {}};
  if (empty) return {};
  return Error{Code::kConflict, fmt::format("{} is not empty", to.string()), "give a directory that is empty or does not exist"};
}

Status CheckOutsideCollections(const Reading& reading, const fs::path& to) {
  ASSIGN_OR_RETURN(const auto collections, reading.states().CollectionsAt(reading.log().head()));
  std::error_code failed;
  const fs::path target = fs::weakly_canonical(to, failed);
  for (const auto& [name, info] : collections) {
    const fs::path dir = fs::weakly_canonical(reading.DirectoryOf(info), failed);
    const auto [at, rest] = std::mismatch(dir.begin(), dir.end(), target.begin(), target.end());
    if (!info.exists || at != dir.end()) continue;
    return Error{Code::kConflict, fmt::format("{} is inside the collection \"{}\"", to.string(), name), "give a directory elsewhere"};
  }
  return {};
}

Status WriteBeside(const Reading& reading, const std::vector<BesideItem>& items, const fs::path& to) {
  const fs::path staging = to.parent_path() / (to.filename().string() + ".skilltrail-tmp");
  std::error_code ignored;
  fs::remove_all(staging, ignored);  // of a command that was killed
  Status written = WriteAll(reading, items, staging, to);
  if (!written.ok()) fs::remove_all(staging, ignored);
  return written;
}

}  // namespace skilltrail::snapshot
