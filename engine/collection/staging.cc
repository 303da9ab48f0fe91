#include "engine/collection/staging.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <tuple>

#include "engine/collection/content_reader.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "skilltrail-slot 1";
constexpr std::string_view kDiscardPrefix = "discard-";
constexpr std::string_view kFreshPrefix = "new-";
constexpr auto kLockWait = std::chrono::seconds(10);
constexpr auto kLockPause = std::chrono::milliseconds(20);

std::optional<std::string> ReadJournal(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// The holder removes the directory when it is done, so a lock counts only if its directory is still the one at the path.
bool StillThere(int fd, const fs::path& dir) {
  struct stat held {};
  struct stat there {};
  return ::fstat(fd, &held) == 0 && ::stat(dir.c_str(), &there) == 0 && held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

Result<Descriptor> LockDirectory(const fs::path& dir) {
  const auto deadline = std::chrono::steady_clock::now() + kLockWait;
  while (true) {
    RETURN_IF_ERROR(MakeDirectories(dir));
    Descriptor fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.ok() && errno != ENOENT) return SystemError("open", dir, errno);
    if (fd.ok() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      if (StillThere(fd.get(), dir)) return fd;
    } else if (fd.ok() && errno != EWOULDBLOCK && errno != EINTR) {
      return SystemError("lock", dir, errno);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{Code::kBusy, fmt::format("{} is in use: another process is placing files there", dir.string()),
                   "try again when it is done"};
    }
    std::this_thread::sleep_for(kLockPause);
  }
}

Result<bool> HoldsNoTree(const fs::path& slot) {
  ASSIGN_OR_RETURN(const bool no_tree, IsAbsent(slot / "tree"));
  ASSIGN_OR_RETURN(const bool no_old, IsAbsent(slot / "old"));
  return no_tree && no_old;
}

std::string Describe(const Standing& standing) {
  if (!standing.exists) return "it is gone";
  if (standing.link) return "it is a symbolic link";
  if (standing.digest.zero()) return "it is a directory without content";
  return "its content is another";
}

}  // namespace

Result<Standing> LookAt(const fs::path& path, const fs::path& home) {
  Standing standing;
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return standing;
    return SystemError("look at", path, errno);
  }
  standing.exists = true;
  standing.link = S_ISLNK(info.st_mode);
  if (standing.link) return standing;
  auto found = ReadAsIfAt(path, home);
  if (!found.ok() && found.error().code == Code::kNotFound) return Standing{};
  if (!found.ok()) return found.error();
  standing.single_file = found->content.single_file;
  if (!found->content.files.empty()) standing.digest = collection::Describe(found->content).tree_digest;
  standing.left_out = std::move(found->left_out);
  return standing;
}

Digest DigestOf(const Tree& tree) {
  return tree.entries.empty() ? Digest{} : Sha256(tree.Encode());
}

Result<Slot> Slot::Read(const fs::path& dir) {
  const Error broken{Code::kCorrupt, fmt::format("{} holds files and no journal says where they belong", dir.string()),
                     "look at them, move away what you need, and remove the directory"};
  const auto text = ReadJournal(dir / "journal");
  if (!text) return broken;
  std::string_view rest = *text;
  const auto line = [&] {
    const size_t end = rest.find('\n');
    const auto one = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return one;
  };
  if (line() != kMagic) return broken;
  Aim aim;
  const auto after = DigestFromHex(line());
  if (!after) return broken;
  aim.after = *after;
  for (auto hex = line(); !hex.empty(); hex = line()) {
    const auto digest = DigestFromHex(hex);
    if (!digest) return broken;
    aim.accepted.insert(*digest);
  }
  aim.path = fs::path(rest);
  if (!aim.path.is_absolute()) return broken;
  return Slot(dir, std::move(aim));
}

Status Slot::Make() const {
  if (fresh_) return {};
  if (::mkdir(dir_.c_str(), 0700) != 0) return SystemError("make the directory", dir_, errno);
  return WriteJournal();
}

Status Slot::WriteJournal() const {
  const fs::path file = dir_ / "journal";
  std::string text = fmt::format("{}\n{}\n", kMagic, aim_.after.hex());
  for (const auto& digest : aim_.accepted) text += digest.hex() + "\n";
  text += "\n" + aim_.path.string();
  const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) return SystemError("write", file, errno);
  return WriteAll(fd.get(), text, file);
}

Status Slot::Seal() const {
  if (fresh_) return {};
  const int failed = Rename(partial(), tree());
  return failed == 0 ? Status() : SystemError("rename", partial(), failed);
}

// False if nothing stood at the path any more. Otherwise the path shows the slot's tree and `displaced` is what it showed.
Result<bool> Slot::Swap(Exchange exchange, fs::path& displaced) const {
  if (exchange == Exchange::kAtomic) {
    const int failed = RenameExchange(tree(), aim_.path);
    displaced = tree();
    if (failed == 0) return true;
    if (failed == ENOENT) return false;
    if (failed != EINVAL && failed != ENOSYS) return SystemError("replace", aim_.path, failed);
  }
  displaced = old();
  return SwapInTwoSteps();
}

Result<bool> Slot::SwapInTwoSteps() const {
  const int taken = Rename(aim_.path, old());
  if (taken == ENOENT) return false;
  if (taken != 0) return SystemError("replace", aim_.path, taken);
  const int placed = RenameNoReplace(tree(), aim_.path);
  if (placed == 0) return true;
  const int returned = RenameNoReplace(old(), aim_.path);
  if (returned != 0) return SystemError(fmt::format("return {} to", old().string()), aim_.path, returned);
  return SystemError("replace", aim_.path, placed);
}

Result<Exchanged> Slot::Place(std::string& note) const {
  const int failed = RenameNoReplace(fresh_ ? dir_ : tree(), aim_.path);
  if (failed != 0 && failed != EEXIST) return SystemError("place", aim_.path, failed);
  if (failed == 0) return Exchanged::kDone;
  note = "something was made there";
  return Exchanged::kEdited;
}

Result<Exchanged> Slot::Bring(Exchange exchange, std::string& note) const {
  if (fresh_) return Place(note);
  const auto edited = [&](std::string what) -> Result<Exchanged> {
    note = std::move(what);
    return Exchanged::kEdited;
  };
  ASSIGN_OR_RETURN(const bool absent, IsAbsent(aim_.path));
  if (absent) {
    if (!aim_.accepted.contains(Digest{})) return edited("it is gone");
    if (aim_.after.zero()) return Exchanged::kDone;
    return Place(note);
  }
  fs::path displaced = old();
  if (aim_.after.zero()) {
    const int failed = Rename(aim_.path, old());
    if (failed == ENOENT) return Exchanged::kDone;
    if (failed != 0) return SystemError("remove", aim_.path, failed);
  } else {
    ASSIGN_OR_RETURN(const bool there, Swap(exchange, displaced));
    if (!there) return edited("it is gone");
  }
  // The path was looked at before; what was displaced since then may be another.
  auto standing = LookAt(displaced, aim_.path);
  if (!standing.ok() || standing->link || !Accepts(standing->digest)) {
    RETURN_IF_ERROR(PutBack(displaced));
    if (standing.ok()) return edited(Describe(*standing));
    if (standing.error().code == Code::kConflict) return edited(standing.error().message);
    return standing.error();
  }
  RETURN_IF_ERROR(CarryOver(displaced, *standing));
  return Exchanged::kDone;
}

Status Slot::PutBack(const fs::path& displaced) const {
  ASSIGN_OR_RETURN(const Standing now, LookAt(aim_.path, aim_.path));
  if (!now.exists) {
    const int failed = RenameNoReplace(displaced, aim_.path);
    return failed == 0 ? Status() : SystemError(fmt::format("return {} to", displaced.string()), aim_.path, failed);
  }
  const Error twice{
      Code::kConflict,
      fmt::format("{} was edited twice while it was replaced; the first edit is kept at {}", aim_.path.string(), displaced.string()),
      "put together what you need of both at the path, and remove the other"};
  if (now.link || now.digest != aim_.after) return twice;
  int failed = RenameExchange(displaced, aim_.path);
  if (failed == EINVAL || failed == ENOSYS) {
    const fs::path aside = dir_ / "partial";  // our own tree, worthless
    failed = Rename(aim_.path, aside);
    if (failed == 0) failed = RenameNoReplace(displaced, aim_.path);
    if (failed != 0) return SystemError(fmt::format("return {} to", displaced.string()), aim_.path, failed);
    return {};
  }
  if (failed != 0) return SystemError(fmt::format("return {} to", displaced.string()), aim_.path, failed);
  // Ours came back, unless it was edited in the moment that it stood there.
  ASSIGN_OR_RETURN(const Standing ours, LookAt(displaced, aim_.path));
  if (ours.digest != aim_.after) return twice;
  return {};
}

Status Slot::CarryOver(const fs::path& displaced, const Standing& standing) const {
  for (const auto& relative : standing.left_out) {
    const fs::path to = aim_.path / relative;
    RETURN_IF_ERROR(MakeDirectories(to.parent_path()));
    const int failed = RenameNoReplace(displaced / relative, to);
    if (failed != 0) return SystemError(fmt::format("move {} to", (displaced / relative).string()), to, failed);
  }
  return {};
}

void Slot::Discard() const {
  if (fresh_) {
    std::ignore = RemoveTree(dir_);
    return;
  }
  const fs::path discarded = dir_.parent_path() / (std::string(kDiscardPrefix) + dir_.filename().string());
  if (RenameNoReplace(dir_, discarded) == 0) std::ignore = RemoveTree(discarded);  // the next call with this directory tries again
}

Status Slot::Settle() const {
  ASSIGN_OR_RETURN(const bool nothing_there, IsAbsent(aim_.path));
  ASSIGN_OR_RETURN(const bool no_old, IsAbsent(old()));
  if (nothing_there && !no_old) {
    const int failed = RenameNoReplace(old(), aim_.path);
    if (failed != 0) return SystemError(fmt::format("return {} to", old().string()), aim_.path, failed);
  }
  for (const fs::path& leftover : {tree(), old()}) {
    ASSIGN_OR_RETURN(const Standing standing, LookAt(leftover, aim_.path));
    if (!standing.exists) continue;
    if (!standing.link && Accepts(standing.digest)) {
      RETURN_IF_ERROR(CarryOver(leftover, standing));
    } else {
      RETURN_IF_ERROR(PutBack(leftover));
    }
  }
  return {};
}

Result<Staging> Staging::Open(const fs::path& dir) {
  ASSIGN_OR_RETURN(Descriptor lock, LockDirectory(dir));
  Staging staging(dir, std::move(lock));
  RETURN_IF_ERROR(staging.SettleLeftovers());
  return staging;
}

Staging::~Staging() {
  // Fails when something is left inside, as it should.
  if (lock_.ok()) ::rmdir(dir_.c_str());
}

Status Staging::SettleLeftovers() {
  std::error_code failed;
  std::vector<fs::path> slots;
  for (fs::directory_iterator at(dir_, failed), end; !failed && at != end; at.increment(failed)) slots.push_back(at->path());
  if (failed) return SystemError("list", dir_, failed.value());
  std::sort(slots.begin(), slots.end());
  for (const auto& dir : slots) {
    const std::string name = dir.filename().string();
    taken_.insert(name);
    const bool named_worthless = name.starts_with(kFreshPrefix) || name.starts_with(kDiscardPrefix);
    ASSIGN_OR_RETURN(const bool worthless, named_worthless ? Result<bool>(true) : HoldsNoTree(dir));
    if (worthless) {
      std::ignore = RemoveTree(dir);  // in nobody's way
      continue;
    }
    ASSIGN_OR_RETURN(const Slot slot, Slot::Read(dir));
    RETURN_IF_ERROR(slot.Settle());
    RETURN_IF_ERROR(SyncDirectory(slot.aim().path.parent_path()));
    slot.Discard();
  }
  return {};
}

Slot Staging::MakeSlot(Aim aim, bool fresh) {
  while (true) {
    const std::string number = std::to_string(slots_++);
    const std::string discarded = std::string(kDiscardPrefix) + number, made = std::string(kFreshPrefix) + number;
    if (taken_.contains(number) || taken_.contains(discarded) || taken_.contains(made)) continue;
    return Slot(dir_ / (fresh ? made : number), std::move(aim), fresh);
  }
}

}  // namespace skilltrail::collection
