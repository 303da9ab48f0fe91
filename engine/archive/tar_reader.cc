#include "engine/archive/tar_reader.h"

#include <array>

#include "engine/archive/libarchive.h"
#include "engine/archive/reading.h"
#include "events/name.h"

namespace skilltrail::archive {
namespace {

Result<std::string> ReadBytes(struct ::archive* handle, uint64_t left) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto got = Libarchive().archive_read_data(handle, buffer.data(), buffer.size());
    if (got < 0) return CannotBeRead(ReasonOf(handle));
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(got) > left) return CannotBeRead("it holds more than its limit");
    bytes.append(buffer.data(), static_cast<size_t>(got));
  }
}

Member::Kind KindOf(archive_entry* entry) {
  switch (Libarchive().archive_entry_filetype(entry)) {
    case AE_IFREG:
      return Libarchive().archive_entry_hardlink(entry) == nullptr ? Member::Kind::kFile : Member::Kind::kOther;
    case AE_IFDIR:
      return Member::Kind::kDirectory;
    case AE_IFLNK:
      return Member::Kind::kSymlink;
    default:
      return Member::Kind::kOther;
  }
}

}  // namespace

Status ReadTar(std::string_view bytes, const TarLimits& limits, const std::function<Status(Member)>& visit) {
  const ReadingHandle handle = NewReading();
  if (Libarchive().archive_read_open_memory(handle.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return CannotBeRead(ReasonOf(handle.get()));
  uint64_t left = limits.max_bytes;
  for (uint64_t members = 0;; ++members) {
    archive_entry* entry = nullptr;
    const int got = Libarchive().archive_read_next_header(handle.get(), &entry);
    if (got == ARCHIVE_EOF) return {};
    if (got != ARCHIVE_OK) return CannotBeRead(ReasonOf(handle.get()));
    if (members >= limits.max_members) return CannotBeRead("it has more members than its limit");
    Member member;
    const char* name = Libarchive().archive_entry_pathname(entry);
    member.path = name == nullptr ? "" : name;
    while (member.path.ends_with('/')) member.path.pop_back();
    if (!CheckRelativePath(member.path).ok()) return CannotBeRead("a member's path points outside");
    member.kind = KindOf(entry);
    member.executable = (Libarchive().archive_entry_perm(entry) & 0100) != 0;
    if (const char* target = Libarchive().archive_entry_symlink(entry); target != nullptr) member.link_target = target;
    if (member.kind == Member::Kind::kFile) {
      auto content = ReadBytes(handle.get(), left);
      if (!content.ok()) return content.error();
      left -= content->size();
      member.bytes = std::move(*content);
    }
    if (Status visited = visit(std::move(member)); !visited.ok()) return visited;
  }
}

}  // namespace skilltrail::archive
