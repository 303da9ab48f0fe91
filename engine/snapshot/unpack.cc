#include "engine/snapshot/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "engine/archive/tar_stream.h"
#include "engine/store/blob_store.h"
#include "events/id.h"
#include "events/name.h"

namespace skilltrail::snapshot {
namespace {

namespace fs = std::filesystem;
using archive::ReadBytes;
using archive::StreamMember;

constexpr archive::StreamLimits kLimits{.max_members = 200'000, .max_member_bytes = store::kMaxBlobBytes, .max_bytes = 4ull << 30};

Error Cannot(std::string_view verb, const fs::path& path, int number) {
  return {Code::kFailed, fmt::format("cannot {} {}: {}", verb, path.string(), std::generic_category().message(number)), {}};
}

Error Refused(std::string_view path, std::string_view why) {
  return {Code::kCorrupt, fmt::format("the archive is refused: {} {}", Quote(path), why), "nothing of it was taken"};
}

// What the first pass learns: that the whole archive can be taken, and its root.
class Survey {
 public:
  Status Take(const StreamMember& member) {
    if (fmt::format("/{}/", member.path).find("/.skilltrail/") != std::string::npos) {
      return Refused(member.path, "belongs to an export of skilltrail, and its seal does not fit: it is damaged, cut or forged");
    }
    const auto& name = member.path;
    if (member.directory) {
      if (files_.contains(name)) return Refused(name, "is a file and a directory");
      directories_.insert(name);
    } else if (directories_.contains(name) || !files_.insert(name).second) {
      return Refused(name, "is there twice");
    }
    for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      const std::string above = name.substr(0, slash);
      if (files_.contains(above)) return Refused(above, "is a file and a directory");
      directories_.insert(above);
    }
    const std::string top = name.substr(0, name.find('/'));
    if (tops_++ == 0) root_ = top;
    if (top != root_ || (name == top && !member.directory)) one_root_ = false;
    return {};
  }

  // "NAME/" if one folder holds all, and is not itself what an artifact folder of a bare collection is.
  Result<std::string> Root() const {
    const auto holds_collection = [&](const std::string& root) {
      const auto& types = AllTypes();
      return files_.contains(root + "collection.toml") ||
             std::any_of(types.begin(), types.end(), [&](ArtifactType type) { return directories_.contains(root + ContainerName(type)); });
    };
    if (one_root_ && holds_collection(root_ + "/")) return root_ + "/";
    if (holds_collection("")) return std::string();
    return Error{Code::kCorrupt, "the archive holds no collection: neither collection.toml nor folders such as skills/ or commands/", {}};
  }

 private:
  std::set<std::string> files_, directories_;
  std::string root_;
  uint64_t tops_ = 0;
  bool one_root_ = true;
};

// The directory is private and holds what this program made, so no component of a path can be a link.
Status WriteFile(const fs::path& path, const StreamMember& member, const ReadBytes& read) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (failed) return Cannot("make", path.parent_path(), failed.value());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, member.executable ? 0755 : 0644);
  if (fd < 0) return Cannot("make", path, errno);
  const auto write_all = [&]() -> Status {
    while (true) {
      ASSIGN_OR_RETURN(auto bytes, read());
      if (bytes.empty()) return {};
      while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return Cannot("write", path, errno);
        bytes.remove_prefix(static_cast<size_t>(put));
      }
    }
  };
  Status written = write_all();
  if (::close(fd) != 0 && written.ok()) return Cannot("write", path, errno);
  return written;
}

}  // namespace

Result<UnpackDirectory> UnpackDirectory::Open(const Context& context) {
  const fs::path dir = context.store / "collections" / ".skilltrail-import";
  std::error_code failed;
  fs::create_directories(dir, failed);
  const int fd = failed ? -1 : ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return Cannot("make", dir, failed ? failed.value() : errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return Error{Code::kBusy, fmt::format("another import is unpacking in {}", dir.string()), "try again when it is done"};
  }
  UnpackDirectory open(dir, fd);
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) fs::remove_all(at->path(), failed);
  if (failed) return Cannot("empty", dir, failed.value());
  if (::fchmod(fd, S_IRWXU) != 0) return Cannot("make", dir, errno);
  return open;
}

UnpackDirectory::~UnpackDirectory() {
  if (fd_ < 0) return;
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
  ::close(fd_);
}

Result<Unpacked> Unpack(const Context& context, const OpenFile& file, const fs::path& dir) {
  Survey survey;
  const auto interrupted = [&]() -> Status {
    if (Interrupted(context)) return Error{Code::kInterrupted, "interrupted: nothing was imported", {}};
    return {};
  };
  RETURN_IF_ERROR(archive::StreamTar(file.fd(), kLimits, [&](const StreamMember& member, const ReadBytes&) {
    Status going = interrupted();
    return going.ok() ? survey.Take(member) : going;
  }));
  ASSIGN_OR_RETURN(const std::string root, survey.Root());
  std::error_code failed;
  if (!fs::create_directory(dir, failed)) return Cannot("make", dir, failed ? failed.value() : EEXIST);
  RETURN_IF_ERROR(archive::StreamTar(file.fd(), kLimits, [&](const StreamMember& member, const ReadBytes& read) -> Status {
    if (Status going = interrupted(); !going.ok()) return going;
    // As surveyed: the file may be another by now.
    if (!member.path.starts_with(root) || member.path.size() == root.size()) return Status();
    if (!member.directory) return WriteFile(dir / member.path.substr(root.size()), member, read);
    return Status();
  }));
  return Unpacked{dir, root.empty() ? root : root.substr(0, root.size() - 1)};
}

}  // namespace skilltrail::snapshot
