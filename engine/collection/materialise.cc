#include "engine/collection/materialise.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/collection/file_system.h"
#include "engine/collection/parallel.h"
#include "engine/collection/staging.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

// Writes a tree as a directory or as one file. Permissions are taken from what stands at `model` (may be null), where anything does.
class TreeWriter {
 public:
  TreeWriter(const fs::path& to, const fs::path* model, const store::BlobStore& blobs) : to_(to), model_(model), blobs_(blobs) {}

  Status Write(const Tree& tree, bool single_file) {
    if (single_file) return WriteFile(tree.entries.front(), {});
    RETURN_IF_ERROR(MakeDirectory({}));
    for (const auto& entry : tree.entries) {
      const fs::path relative(entry.path);
      RETURN_IF_ERROR(MakeParents(relative.parent_path()));
      RETURN_IF_ERROR(WriteFile(entry, relative));
    }
    return {};
  }

 private:
  static fs::path Below(const fs::path& root, const fs::path& relative) { return relative.empty() ? root : root / relative; }

  // Entries are sorted, so that those of a directory stand together and the last one made is mostly the one needed.
  Status MakeParents(const fs::path& relative) {
    if (relative.empty() || made_.contains(relative.string())) return {};
    RETURN_IF_ERROR(MakeParents(relative.parent_path()));
    made_.insert(relative.string());
    return MakeDirectory(relative);
  }

  Status MakeDirectory(const fs::path& relative) {
    const fs::path path = Below(to_, relative);
    if (::mkdir(path.c_str(), 0777) != 0) return SystemError("make the directory", path, errno);
    struct stat standing {};
    if (model_ == nullptr || ::lstat(Below(*model_, relative).c_str(), &standing) != 0 || !S_ISDIR(standing.st_mode)) return {};
    // We must be able to fill it and, one day, to empty it.
    if (::chmod(path.c_str(), (standing.st_mode & 0777) | S_IRWXU) != 0) return SystemError("set the permissions of", path, errno);
    return {};
  }

  Status WriteFile(const TreeEntry& entry, const fs::path& relative) {
    const fs::path path = Below(to_, relative);
    ASSIGN_OR_RETURN(const std::string bytes, blobs_.Get(entry.digest));
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.executable ? 0777 : 0666));
    if (!fd.ok()) return SystemError("write", path, errno);
    RETURN_IF_ERROR(SetPermissions(fd.get(), entry, relative, path));
    return WriteAll(fd.get(), bytes, path);
  }

  // A file that its owner closed to others (an .mcp.json with a key in it) stays closed.
  Status SetPermissions(int fd, const TreeEntry& entry, const fs::path& relative, const fs::path& path) const {
    struct stat standing {};
    if (model_ == nullptr || ::lstat(Below(*model_, relative).c_str(), &standing) != 0 || !S_ISREG(standing.st_mode)) return {};
    mode_t mode = (standing.st_mode & 0666) | S_IRUSR | S_IWUSR;
    if (entry.executable) mode |= (mode & 0444) >> 2;
    if (::fchmod(fd, mode) != 0) return SystemError("set the permissions of", path, errno);
    return {};
  }

  const fs::path& to_;
  const fs::path* model_;
  const store::BlobStore& blobs_;
  std::set<std::string> made_;
};

// All placements of one path: the way from any of the states they know to the last.
struct Job {
  Aim aim;
  Tree tree;  // what the path is to show; empty: nothing
  bool single_file = false;
  bool fresh = false;  // nothing stands at the path
  std::vector<size_t> placements;
};

std::vector<Job> MakeJobs(const std::vector<Placement>& placements) {
  std::vector<Job> jobs;
  std::map<fs::path, size_t> by_path;
  const Digest nothing_inside = Sha256(Tree{}.Encode());
  for (size_t i = 0; i < placements.size(); ++i) {
    const Placement& placement = placements[i];
    fs::path path = placement.path.lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    CHECK(path.is_absolute() && path.has_filename());
    const auto [at, is_new] = by_path.emplace(path, jobs.size());
    if (is_new) jobs.push_back({});
    Job& job = jobs[at->second];
    if (!is_new) job.aim.accepted.insert(job.aim.after);
    job.aim.path = path;
    job.tree = placement.tree.value_or(Tree{});
    job.single_file = placement.single_file && job.tree.entries.size() == 1;
    if (job.single_file) job.tree.entries.front().path = path.filename().string();
    job.aim.after = DigestOf(job.tree);
    job.aim.accepted.insert(placement.expected_before == nothing_inside ? Digest{} : placement.expected_before);
    job.placements.push_back(i);
  }
  return jobs;
}

// The path of the left-out thing that the new content has no room for; empty if there is none.
std::string InTheWay(const Tree& tree, bool single_file, const std::vector<std::string>& left_out) {
  for (const auto& path : left_out) {
    if (single_file) return path;
    for (const auto& entry : tree.entries) {
      if (entry.path == path || entry.path.starts_with(path + "/") || path.starts_with(entry.path + "/")) return path;
    }
  }
  return {};
}

// Nothing if the job is to be done.
Result<std::optional<PlacementOutcome>> Outcome(Job& job) {
  const auto edited = [](std::string note) { return std::optional(PlacementOutcome{Placed::kEdited, std::move(note)}); };
  auto standing = LookAt(job.aim.path, job.aim.path);
  if (!standing.ok()) {
    if (standing.error().code == Code::kConflict) return edited(standing.error().message);
    return standing.error();
  }
  job.fresh = !standing->exists;
  if (standing->link) return edited("a symbolic link stands there");
  const bool same_kind = job.aim.after.zero() || standing->single_file == job.single_file;
  if (standing->digest == job.aim.after && same_kind) return std::optional(PlacementOutcome{Placed::kAlready, {}});
  const bool known = job.aim.accepted.contains(standing->digest) || standing->digest == job.aim.after;
  if (!known && !standing->exists) return edited("nothing stands there any more");
  if (!known && standing->digest.zero()) return edited("a directory without content stands there");
  if (!known) return edited("other content stands there");
  if (const auto path = job.aim.after.zero() ? std::string() : InTheWay(job.tree, job.single_file, standing->left_out); !path.empty()) {
    return edited(fmt::format("{} is in the way: it is no content, and the new content has no room for it", path));
  }
  return std::optional<PlacementOutcome>();
}

// The device of the nearest directory that exists at or above `dir`.
Result<dev_t> DeviceOf(fs::path dir) {
  struct stat info {};
  while (::stat(dir.c_str(), &info) != 0) {
    if (errno != ENOENT || dir == dir.parent_path()) return SystemError("look at", dir, errno);
    dir = dir.parent_path();
  }
  return info.st_dev;
}

// Everything that is to be done, staged. Until Bring nothing has changed at any path.
class Round {
 public:
  Round(Staging& staging, const store::BlobStore& blobs) : staging_(staging), blobs_(blobs) {}
  ~Round() {
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!unsettled_.contains(i)) slots_[i].Discard();
    }
  }

  Status Stage(const std::vector<const Job*>& jobs, const fs::path& staging_dir) {
    std::map<std::string, const Job*> by_parent;
    for (const Job* job : jobs) by_parent.emplace(job->aim.path.parent_path().string(), job);
    ASSIGN_OR_RETURN(const dev_t here, DeviceOf(staging_dir));
    for (const auto& [parent, job] : by_parent) {
      ASSIGN_OR_RETURN(const dev_t there, DeviceOf(parent));
      if (here != there) {
        return Error{Code::kFailed,
                     fmt::format("cannot place {}: it is on another file system than {}", job->aim.path.string(), staging_dir.string()),
                     {}};
      }
    }
    slots_.reserve(jobs.size());
    for (const Job* job : jobs) slots_.push_back(staging_.MakeSlot(job->aim, job->fresh));
    RETURN_IF_ERROR(OnEveryCore(jobs.size(), [&](size_t i) { return Fill(slots_[i], *jobs[i]); }));
    for (const Job* job : jobs) {
      const std::string parent = job->aim.path.parent_path().string();
      if (!job->aim.after.zero() && by_parent.erase(parent) > 0) RETURN_IF_ERROR(MakeDirectories(parent));
    }
    RETURN_IF_ERROR(SyncFileSystem(staging_dir));
    for (const Slot& slot : slots_) {
      if (!slot.aim().after.zero()) RETURN_IF_ERROR(slot.Seal());
    }
    return {};
  }

  // Of the job at `index`.
  Result<PlacementOutcome> Bring(size_t index, Exchange exchange) {
    PlacementOutcome outcome;
    unsettled_.insert(index);
    ASSIGN_OR_RETURN(const Exchanged exchanged, slots_[index].Bring(exchange, outcome.note));
    unsettled_.erase(index);
    outcome.placed = exchanged == Exchanged::kDone ? Placed::kDone : Placed::kEdited;
    parents_.insert(slots_[index].aim().path.parent_path());
    return outcome;
  }

  // The exchanges are durable before what they displaced is deleted.
  Status Sync() const {
    for (const auto& parent : parents_) {
      std::error_code failed;
      if (fs::is_directory(parent, failed)) RETURN_IF_ERROR(SyncDirectory(parent));
    }
    return {};
  }

 private:
  Status Fill(const Slot& slot, const Job& job) const {
    RETURN_IF_ERROR(slot.Make());
    if (job.aim.after.zero()) return {};
    const fs::path partial = slot.partial();
    return TreeWriter(partial, job.fresh ? nullptr : &job.aim.path, blobs_).Write(job.tree, job.single_file);
  }

  Staging& staging_;
  const store::BlobStore& blobs_;
  std::vector<Slot> slots_;
  std::set<size_t> unsettled_;  // slots that may hold what is a person's
  std::set<fs::path> parents_;
};

}  // namespace

Result<std::vector<PlacementOutcome>> Place(const std::vector<Placement>& placements, const store::BlobStore& blobs,
                                            const fs::path& staging_dir, Exchange exchange) {
  if (placements.empty()) return std::vector<PlacementOutcome>();
  std::vector<Job> jobs = MakeJobs(placements);
  ASSIGN_OR_RETURN(Staging staging, Staging::Open(staging_dir));
  std::vector<PlacementOutcome> outcomes(placements.size());
  const auto say = [&](const Job& job, const PlacementOutcome& outcome) {
    for (const size_t placement : job.placements) outcomes[placement] = outcome;
  };
  std::vector<const Job*> open;
  for (Job& job : jobs) {
    ASSIGN_OR_RETURN(const auto outcome, Outcome(job));
    if (outcome) {
      say(job, *outcome);
    } else {
      open.push_back(&job);
    }
  }
  if (open.empty()) return outcomes;
  Round round(staging, blobs);
  RETURN_IF_ERROR(round.Stage(open, staging_dir));
  for (size_t i = 0; i < open.size(); ++i) {
    ASSIGN_OR_RETURN(const PlacementOutcome outcome, round.Bring(i, exchange));
    say(*open[i], outcome);
  }
  RETURN_IF_ERROR(round.Sync());
  return outcomes;
}

Status SettleStaging(const fs::path& staging) {
  ASSIGN_OR_RETURN(const bool absent, IsAbsent(staging));
  if (absent) return {};
  const auto settled = Staging::Open(staging);
  return settled.ok() ? Status() : Status(settled.error());
}

Status WriteTree(const Tree& tree, bool single_file, const fs::path& path, const store::BlobStore& blobs) {
  ASSIGN_OR_RETURN(const bool absent, IsAbsent(path));
  if (!absent) return Error{Code::kConflict, fmt::format("{} exists already", path.string()), {}};
  RETURN_IF_ERROR(CheckTree(tree));
  RETURN_IF_ERROR(MakeDirectories(path.parent_path()));
  Status written = TreeWriter(path, nullptr, blobs).Write(tree, single_file && tree.entries.size() == 1);
  if (!written.ok()) std::ignore = RemoveTree(path);  // the error that is returned says more
  return written;
}

Status SyncFileSystem(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok() || ::syncfs(fd.get()) != 0) return SystemError("sync the file system of", path, errno);
  return {};
}

}  // namespace skilltrail::collection
