#include "engine/upkeep/new_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace skilltrail::upkeep {
namespace {

namespace fs = std::filesystem;

Error Cannot(std::string_view doing, const fs::path& path, const std::string& why) {
  return {Code::kFailed, fmt::format("cannot {} {}: {}", doing, path.string(), why), ""};
}

Status Sync(const fs::path& path, bool whole_file_system) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Cannot("open", path, std::strerror(errno));
  const int result = whole_file_system ? ::syncfs(fd) : ::fsync(fd);
  const int fault = errno;
  ::close(fd);
  return result == 0 ? Status() : Cannot("sync", path, std::strerror(fault));
}

}  // namespace

Result<NewStore> NewStore::Begin(const fs::path& target) {
  std::error_code failed;
  const bool exists = fs::exists(fs::symlink_status(target, failed));
  if (exists && !(fs::is_directory(target, failed) && fs::is_empty(target, failed))) {
    return Error{Code::kConflict, fmt::format("{} is there already", target.string()), "name a directory that is absent or empty"};
  }
  const fs::path dir = target.parent_path() / ("." + target.filename().string() + ".skilltrail-tmp");
  fs::remove_all(dir, failed);
  if (!failed) fs::create_directories(dir, failed);
  if (failed) return Cannot("make", dir, failed.message());
  return NewStore(target, dir);
}

NewStore::NewStore(NewStore&& other) noexcept : target_(std::move(other.target_)), dir_(std::exchange(other.dir_, {})) {}

NewStore::~NewStore() {
  std::error_code ignored;
  if (!dir_.empty()) fs::remove_all(dir_, ignored);
}

Status NewStore::CopyFiles(const fs::path& from) const {
  std::error_code failed;
  const auto options = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
  for (const char* name : {"config.toml", "collections"}) {
    if (!fs::exists(fs::symlink_status(from / name, failed))) continue;
    fs::copy(from / name, dir_ / name, options, failed);
    if (failed) return Cannot("copy", from / name, failed.message());
  }
  return {};
}

Status NewStore::Finish() {
  RETURN_IF_ERROR(Sync(dir_, true));
  if (::rename(dir_.c_str(), target_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) {
      return Error{Code::kConflict, fmt::format("{} has been filled meanwhile", target_.string()), "name another directory"};
    }
    return Cannot("give its place to", target_, std::strerror(errno));
  }
  dir_.clear();
  return Sync(target_.parent_path(), false);
}

}  // namespace skilltrail::upkeep
