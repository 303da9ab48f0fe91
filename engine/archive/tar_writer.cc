#include "engine/archive/tar_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "engine/archive/gzip_packer.h"
#include "engine/archive/libarchive.h"
#include "events/check.h"

namespace skilltrail::archive {
namespace {

struct FreeArchive {
  void operator()(struct ::archive* handle) const { Libarchive().archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { Libarchive().archive_entry_free(entry); }
};

constexpr Micros kSecond = 1'000'000;

}  // namespace

struct TarWriter::Rep {
  int fd = -1;
  Packing packing = Packing::kZstd;
  Micros mtime = 0;
  Hasher body, whole;
  uint64_t written = 0;
  int fault = 0;         // errno of the first failed write
  uint64_t missing = 0;  // bytes that the member begun last still has to get
  std::optional<GzipPacker> gzip;
  std::unique_ptr<archive_entry, FreeEntry> entry;
  std::unique_ptr<struct ::archive, FreeArchive> handle;  // last: freeing it writes

  bool Put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        fault = errno;
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(put));
      written += static_cast<uint64_t>(put);
    }
    return true;
  }
  bool PutPacked(std::string_view bytes) {
    body.Update(bytes);
    whole.Update(bytes);
    return Put(bytes);
  }
  Status Check(int outcome) const {
    if (outcome == ARCHIVE_OK) return {};
    const char* said = Libarchive().archive_error_string(handle.get());
    const std::string why = fault != 0 ? std::generic_category().message(fault) : said != nullptr ? said : "unknown";
    return Error{Code::kFailed, fmt::format("the archive cannot be written: {}", why), {}};
  }

  static la_ssize_t OnWrite(struct ::archive* handle, void* data, const void* bytes, size_t size) {
    auto& rep = *static_cast<Rep*>(data);
    const std::string_view view(static_cast<const char*>(bytes), size);
    if (rep.fault == 0 && (rep.gzip ? rep.gzip->Put(view) : rep.PutPacked(view))) return static_cast<la_ssize_t>(size);
    Libarchive().archive_set_error(handle, rep.fault, "write failed");
    return -1;
  }
};

TarWriter::TarWriter(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
TarWriter::~TarWriter() = default;

Result<std::unique_ptr<TarWriter>> TarWriter::Open(int fd, Packing packing, Micros mtime) {
  auto rep = std::make_unique<Rep>();
  rep->fd = fd;
  rep->packing = packing;
  rep->mtime = mtime;
  rep->handle.reset(Libarchive().archive_write_new());
  rep->entry.reset(Libarchive().archive_entry_new());
  CHECK(rep->handle != nullptr && rep->entry != nullptr);
  auto* handle = rep->handle.get();
  // GNU's tar: names are bytes, whatever the locale, and of any length.
  RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_set_format_gnutar(handle)));
  if (packing == Packing::kGzip) {
    // libarchive packs gzip on one processor, which takes longer than all else together.
    rep->gzip.emplace(kGzipLevel, [raw = rep.get()](std::string_view bytes) { return raw->PutPacked(bytes); });
    RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_add_filter_none(handle)));
  } else {
    RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_add_filter_zstd(handle)));
    RETURN_IF_ERROR(
        rep->Check(Libarchive().archive_write_set_filter_option(handle, "zstd", "compression-level", std::to_string(kZstdLevel).c_str())));
    // zstd gives the same bytes with any number of workers, but other ones with none.
    const auto workers = std::to_string(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
    RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_set_filter_option(handle, "zstd", "threads", workers.c_str())));
  }
  // Without padding behind what is compressed.
  RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_set_bytes_in_last_block(handle, 1)));
  RETURN_IF_ERROR(rep->Check(Libarchive().archive_write_open(handle, rep.get(), nullptr, Rep::OnWrite, nullptr)));
  return std::unique_ptr<TarWriter>(new TarWriter(std::move(rep)));
}

Status TarWriter::Begin(std::string_view path, bool executable, uint64_t size) {
  CHECK(rep_->missing == 0);
  auto* entry = Libarchive().archive_entry_clear(rep_->entry.get());
  Libarchive().archive_entry_set_pathname(entry, std::string(path).c_str());
  Libarchive().archive_entry_set_filetype(entry, AE_IFREG);
  Libarchive().archive_entry_set_perm(entry, executable ? 0755 : 0644);
  Libarchive().archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  Libarchive().archive_entry_set_mtime(entry, rep_->mtime / kSecond, 0);
  rep_->missing = size;
  return rep_->Check(Libarchive().archive_write_header(rep_->handle.get(), entry));
}

Status TarWriter::Write(std::string_view bytes) {
  CHECK(bytes.size() <= rep_->missing);
  rep_->missing -= bytes.size();
  while (!bytes.empty()) {
    const auto put = Libarchive().archive_write_data(rep_->handle.get(), bytes.data(), bytes.size());
    if (put <= 0) return rep_->Check(ARCHIVE_FATAL);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Result<Digest> TarWriter::Finish() {
  CHECK(rep_->missing == 0);
  RETURN_IF_ERROR(rep_->Check(Libarchive().archive_write_close(rep_->handle.get())));
  if (rep_->gzip && !rep_->gzip->Finish()) return rep_->Check(ARCHIVE_FATAL).error();
  const std::string seal = SealOf(rep_->packing, rep_->body.Finish());
  if (!rep_->Put(seal)) return rep_->Check(ARCHIVE_FATAL).error();
  rep_->whole.Update(seal);
  return rep_->whole.Finish();
}

uint64_t TarWriter::bytes() const {
  return rep_->written;
}

}  // namespace skilltrail::archive
