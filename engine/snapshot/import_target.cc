#include "engine/snapshot/import_target.h"

#include <fmt/format.h>

#include <system_error>

#include "events/name.h"

namespace skilltrail::snapshot {

namespace fs = std::filesystem;

Result<fs::path> FreeDirectory(const Context& context, const std::string& name) {
  RETURN_IF_ERROR(CheckName(name, "collection"));
  fs::path dir = context.store / "collections" / name;
  std::error_code failed;
  const auto standing = fs::symlink_status(dir, failed);
  if (standing.type() == fs::file_type::not_found) return dir;
  if (failed || standing.type() != fs::file_type::directory) {
    return Error{Code::kConflict, fmt::format("{} is there and is no directory", dir.string()),
                 "move it away, or import --as another name"};
  }
  // Empty folders are what an import that was cut short, or a removed collection, left.
  for (fs::recursive_directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->is_directory(failed) && !at->is_symlink(failed)) continue;
    return Error{Code::kConflict, fmt::format("{} holds files that are of no collection", dir.string()),
                 "skilltrail adopt takes them as they are; else move them away, or import --as another name"};
  }
  if (failed) return Error{Code::kFailed, fmt::format("cannot list {}: {}", dir.string(), failed.message()), {}};
  return dir;
}

Status MakeCollectionDirectory(const fs::path& dir) {
  for (ArtifactType type : {ArtifactType::kSkill, ArtifactType::kCommand, ArtifactType::kAgent}) {
    std::error_code failed;
    fs::create_directories(dir / ContainerName(type), failed);
    if (failed) return Error{Code::kFailed, fmt::format("cannot make {}: {}", (dir / ContainerName(type)).string(), failed.message()), {}};
  }
  return {};
}

}  // namespace skilltrail::snapshot
