#include "engine/collection/stat_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/collection/file_clock.h"
#include "engine/collection/file_system.h"
#include "engine/store/keys.h"

namespace skilltrail::collection {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "skilltrail stat cache 2\n";
constexpr size_t kLeastFileBytes = 64;  // a file takes more in a record

void AppendStamp(std::string& out, const FileStamp& stamp) {
  store::AppendU64(out, stamp.size);
  store::AppendU64(out, stamp.inode);
  store::AppendU64(out, static_cast<uint64_t>(stamp.mtime_ns));
  store::AppendU64(out, static_cast<uint64_t>(stamp.ctime_ns));
  store::AppendU32(out, stamp.mode);
}

std::string Encode(const KnownTree& tree) {
  std::string out;
  store::AppendDigest(out, tree.digest);
  store::AppendText(out, tree.peer_hash);
  store::AppendU32(out, static_cast<uint32_t>(tree.files.size()));
  for (const auto& file : tree.files) {
    store::AppendText(out, file.path);
    AppendStamp(out, file.stamp);
    store::AppendDigest(out, file.digest);
  }
  for (const auto& directory : tree.directories) {
    store::AppendText(out, directory.path);
    AppendStamp(out, directory.stamp);
  }
  return out;
}

FileStamp ReadStamp(store::ByteReader& reader) {
  FileStamp stamp;
  stamp.size = reader.U64();
  stamp.inode = reader.U64();
  stamp.mtime_ns = static_cast<int64_t>(reader.U64());
  stamp.ctime_ns = static_cast<int64_t>(reader.U64());
  stamp.mode = reader.U32();
  return stamp;
}

KnownFile ReadFile(store::ByteReader& reader) {
  KnownFile file;
  file.path = reader.Text();
  file.stamp = ReadStamp(reader);
  file.digest = reader.ReadDigest();
  return file;
}

std::string ReadAll(const fs::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!fd.ok() || ::fstat(fd.get(), &info) != 0 || info.st_size <= 0) return {};
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    filled += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace

FileStamp StampOf(const struct stat& info) {
  return {static_cast<uint64_t>(info.st_size), info.st_ino, Nanoseconds(info.st_mtim), Nanoseconds(info.st_ctim), info.st_mode};
}

StatCache StatCache::Empty(const fs::path& dir, const fs::path& root) {
  StatCache cache;
  cache.root_ = root.string();
  cache.file_ = dir / Sha256(std::string_view(cache.root_)).hex().substr(0, 32);
  return cache;
}

StatCache StatCache::Load(const fs::path& dir, const fs::path& root) {
  StatCache cache = Empty(dir, root);
  cache.loaded_ = ReadAll(cache.file_);
  if (!std::string_view(cache.loaded_).starts_with(kMagic)) return cache;
  store::ByteReader reader(std::string_view(cache.loaded_).substr(kMagic.size()));
  if (reader.Text() != cache.root_) return cache;
  while (reader.ok() && !reader.AtEnd()) {
    std::string path(reader.Text());
    Record record;
    record.digest = reader.ReadDigest();
    record.bytes = reader.Text();
    if (reader.ok()) cache.records_.emplace_hint(cache.records_.end(), std::move(path), std::move(record));
  }
  return cache;
}

std::optional<KnownTree> StatCache::Find(const std::string& path) const {
  const auto found = records_.find(path);
  if (found == records_.end() || Sha256(found->second.view()) != found->second.digest) return std::nullopt;
  store::ByteReader reader(found->second.view());
  KnownTree tree;
  tree.digest = reader.ReadDigest();
  tree.peer_hash = reader.Text();
  const uint32_t count = reader.U32();
  tree.files.reserve(std::min<size_t>(count, found->second.view().size() / kLeastFileBytes));
  for (uint32_t i = 0; i < count && reader.ok(); ++i) tree.files.push_back(ReadFile(reader));
  while (reader.ok() && !reader.AtEnd()) {
    std::string directory(reader.Text());
    tree.directories.push_back({std::move(directory), ReadStamp(reader)});
  }
  return reader.ok() ? std::optional(std::move(tree)) : std::nullopt;
}

std::vector<std::string> StatCache::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(records_.size());
  for (const auto& [path, record] : records_) paths.push_back(path);
  return paths;
}

void StatCache::Set(const std::string& path, const std::optional<KnownTree>& tree) {
  changed_ = true;
  if (!tree) {
    records_.erase(path);
    return;
  }
  Record record;
  record.own = Encode(*tree);
  record.digest = Sha256(std::string_view(record.own));
  records_.insert_or_assign(path, std::move(record));
}

Status StatCache::Save() const {
  if (!changed_) return {};
  std::error_code failed;
  if (records_.empty()) {
    fs::remove(file_, failed);
    return {};
  }
  std::string bytes(kMagic);
  store::AppendText(bytes, root_);
  for (const auto& [path, record] : records_) {
    store::AppendText(bytes, path);
    store::AppendDigest(bytes, record.digest);
    store::AppendText(bytes, record.view());
  }
  // Two processes may save at once: each its own file, and the last one to be renamed stays.
  const fs::path temporary = fmt::format("{}.{}.tmp", file_.string(), ::getpid());
  Status written;
  {
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return SystemError("write", temporary, errno);
    written = WriteAll(fd.get(), bytes, temporary);
  }
  if (written.ok()) {
    if (const int number = Rename(temporary, file_); number != 0) written = SystemError("write", file_, number);
  }
  if (!written.ok()) fs::remove(temporary, failed);
  return written;
}

}  // namespace skilltrail::collection
