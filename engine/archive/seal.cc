#include "engine/archive/seal.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace skilltrail::archive {
namespace {

constexpr std::string_view kWords = "skilltrail seal 1 sha-256 ";

void AppendLittle(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * i));
}

Error CannotRead(int number) {
  return {Code::kFailed, fmt::format("the file cannot be read: {}", std::generic_category().message(number)), {}};
}

// As many bytes as there are, up to the end of `into`.
Result<size_t> ReadAt(int fd, uint64_t offset, std::string& into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace

Result<Packing> PackingOf(const std::string& file) {
  if (file.ends_with(".tar.zst")) return Packing::kZstd;
  if (file.ends_with(".tar.gz") || file.ends_with(".tgz")) return Packing::kGzip;
  return Error{Code::kUsage, fmt::format("{}: an archive is called .tar.zst or .tar.gz", file), {}};
}

std::string SealOf(Packing packing, const Digest& digest) {
  std::string payload(kWords);
  payload.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  std::string seal;
  if (packing == Packing::kZstd) {
    AppendLittle(seal, 0x184D2A5E, 4);
    AppendLittle(seal, payload.size(), 4);
    return seal + payload;
  }
  seal.append("\x1f\x8b\x08\x04", 4);  // gzip, deflate, FEXTRA
  AppendLittle(seal, 0, 5);            // no time, no hint
  seal.push_back('\xff');              // no particular system
  AppendLittle(seal, 4 + payload.size(), 2);
  seal.append("ST", 2);
  AppendLittle(seal, payload.size(), 2);
  seal += payload;
  seal.append("\x03\x00", 2);  // a last block of nothing
  AppendLittle(seal, 0, 8);    // its CRC-32 and length
  return seal;
}

Result<SealedFile> CheckSeal(int fd) {
  const Error unsealed{Code::kCorrupt, "the archive is damaged or cut: its seal does not fit", "export it again, or take another copy"};
  struct stat info {};
  if (::fstat(fd, &info) != 0) return CannotRead(errno);
  const auto size = static_cast<uint64_t>(info.st_size);
  SealedFile file;
  std::string begin(4, '\0');
  ASSIGN_OR_RETURN(const size_t got, ReadAt(fd, 0, begin));
  begin.resize(got);
  file.packing = begin.starts_with("\x1f\x8b") ? Packing::kGzip : Packing::kZstd;
  const size_t seal_size = SealOf(file.packing, {}).size();
  if (size <= seal_size) return unsealed;
  file.bytes = size - seal_size;

  Hasher body, whole;
  std::string buffer(1u << 20, '\0');
  for (uint64_t offset = 0; offset < file.bytes;) {
    buffer.resize(std::min<uint64_t>(1u << 20, file.bytes - offset));
    ASSIGN_OR_RETURN(const size_t read, ReadAt(fd, offset, buffer));
    if (read != buffer.size()) return unsealed;
    body.Update(buffer);
    whole.Update(buffer);
    offset += read;
  }
  std::string seal(seal_size + 1, '\0');  // one more: nothing may follow
  ASSIGN_OR_RETURN(const size_t read, ReadAt(fd, file.bytes, seal));
  seal.resize(read);
  if (seal != SealOf(file.packing, body.Finish())) return unsealed;
  whole.Update(seal);
  file.digest = whole.Finish();
  return file;
}

}  // namespace skilltrail::archive
