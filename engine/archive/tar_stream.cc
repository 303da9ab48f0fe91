#include "engine/archive/tar_stream.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/archive/libarchive.h"
#include "engine/archive/reading.h"
#include "events/name.h"

namespace skilltrail::archive {
namespace {

Error Refused(std::string_view path, std::string_view why) {
  return {Code::kCorrupt, fmt::format("the archive is refused: {} {}", Quote(path), why),
          "nothing of it was taken; do not trust where it came from"};
}

// One pass through the file.
class Pass {
 public:
  Pass(int fd, const StreamLimits& limits) : fd_(fd), limits_(limits), buffer_(256u << 10, '\0'), handle_(NewReading()) {}

  Status Open() {
    if (Libarchive().archive_read_open(handle_.get(), this, nullptr, OnRead, nullptr) != ARCHIVE_OK) return CannotBeRead(Why());
    return {};
  }

  // False at the end of the archive.
  Result<bool> Next(StreamMember& member) {
    archive_entry* entry = nullptr;
    const int got = Libarchive().archive_read_next_header(handle_.get(), &entry);
    if (got == ARCHIVE_EOF) return false;
    if (got != ARCHIVE_OK) return CannotBeRead(Why());
    // An empty file, or one of zeros, passes for an archive without members; so does text that is packed.
    if (Libarchive().archive_filter_code(handle_.get(), 0) == ARCHIVE_FILTER_NONE)
      return CannotBeRead("it is packed with neither gzip nor zstd");
    // In the C locale libarchive has no name for what a pax header says in UTF-8 but this one.
    const char* name = Libarchive().archive_entry_pathname(entry);
    if (name == nullptr) name = Libarchive().archive_entry_pathname_utf8(entry);
    member.path = name == nullptr ? "" : name;
    const auto type = Libarchive().archive_entry_filetype(entry);
    member.directory = type == AE_IFDIR;
    if (member.directory) {
      while (member.path.ends_with('/')) member.path.pop_back();
    }
    member.executable = (Libarchive().archive_entry_perm(entry) & 0100) != 0;
    member.size = static_cast<uint64_t>(std::max<la_int64_t>(Libarchive().archive_entry_size(entry), 0));
    const bool link = Libarchive().archive_entry_hardlink(entry) != nullptr || Libarchive().archive_entry_symlink(entry) != nullptr;
    if (link || (type != AE_IFREG && type != AE_IFDIR)) return Refused(member.path, "is neither a regular file nor a directory");
    RETURN_IF_ERROR(CheckMember(member));
    member_bytes_ = 0;
    return true;
  }

  Result<std::string_view> Read(const StreamMember& member) {
    const auto got = Libarchive().archive_read_data(handle_.get(), data_.data(), data_.size());
    if (got < 0) return CannotBeRead(Why());
    member_bytes_ += static_cast<uint64_t>(got);
    bytes_ += static_cast<uint64_t>(got);
    if (member_bytes_ > member.size || (got == 0 && member_bytes_ != member.size)) return Refused(member.path, "is not as long as it says");
    if (bytes_ > limits_.max_bytes) return Refused(member.path, "makes it unpack to more than its limit");
    if (bytes_ > limits_.free_bytes && bytes_ / limits_.max_ratio > read_)
      return Refused(member.path, "unpacks to too many times its size");
    return std::string_view(data_.data(), static_cast<size_t>(got));
  }

 private:
  Status CheckMember(const StreamMember& member) {
    if (++members_ > limits_.max_members) return Refused(member.path, "is one member too many");
    if (!CheckRelativePath(member.path).ok() || !IsUtf8(member.path)) return Refused(member.path, "is no path inside the archive");
    const auto depth = static_cast<size_t>(std::count(member.path.begin(), member.path.end(), '/')) + 1;
    if (depth > limits_.max_depth) return Refused(member.path, "is nested too deep");
    if (member.size > limits_.max_member_bytes) return Refused(member.path, "is too large");
    if (member.directory && member.size != 0) return Refused(member.path, "is a directory with content");
    return {};
  }
  std::string Why() { return fault_ != 0 ? std::generic_category().message(fault_) : ReasonOf(handle_.get()); }
  static la_ssize_t OnRead(struct ::archive* handle, void* data, const void** bytes) {
    auto& pass = *static_cast<Pass*>(data);
    *bytes = pass.buffer_.data();
    while (true) {
      const ssize_t got = ::pread(pass.fd_, pass.buffer_.data(), pass.buffer_.size(), static_cast<off_t>(pass.read_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        pass.fault_ = errno;
        Libarchive().archive_set_error(handle, errno, "read failed");
        return -1;
      }
      pass.read_ += static_cast<uint64_t>(got);
      return got;
    }
  }

  int fd_;
  const StreamLimits& limits_;
  std::string buffer_;                                // packed
  std::string data_ = std::string(256u << 10, '\0');  // unpacked
  uint64_t read_ = 0;                                 // packed bytes so far
  uint64_t bytes_ = 0;                                // unpacked ones
  uint64_t member_bytes_ = 0;
  uint64_t members_ = 0;
  int fault_ = 0;
  ReadingHandle handle_;
};

}  // namespace

Status StreamTar(int fd, const StreamLimits& limits, const std::function<Status(const StreamMember&, const ReadBytes&)>& visit) {
  Pass pass(fd, limits);
  RETURN_IF_ERROR(pass.Open());
  StreamMember member;
  const ReadBytes read = [&] { return pass.Read(member); };
  uint64_t members = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, pass.Next(member));
    if (!more) return members > 0 ? Status() : Status(CannotBeRead("it holds nothing"));
    ++members;
    RETURN_IF_ERROR(visit(member, read));
    // Passed over within the limits too.
    if (member.directory) continue;
    while (true) {
      ASSIGN_OR_RETURN(const auto rest, read());
      if (rest.empty()) break;
    }
  }
}

}  // namespace skilltrail::archive
