#include "tests/support/github_tarball.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace skilltrail::testing {
namespace {

struct ArchiveFree {
  void operator()(archive* one) const { archive_write_free(one); }
};
struct EntryFree {
  void operator()(archive_entry* one) const { archive_entry_free(one); }
};

la_ssize_t Append(archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void Expect(bool good, archive* writer) {
  if (!good) throw std::runtime_error(std::string("tarball: ") + archive_error_string(writer));
}

}  // namespace

std::string MakeTarball(const GithubRepository& repository, const GithubCommit& commit) {
  std::string prefix = repository.current_name() + "-" + commit.sha.substr(0, 7) + "/";
  prefix[prefix.find('/')] = '-';
  std::string bytes;
  const std::unique_ptr<archive, ArchiveFree> writer(archive_write_new());
  Expect(archive_write_set_format_pax_restricted(writer.get()) == ARCHIVE_OK, writer.get());
  // Names go in as the bytes they are, whatever the locale.
  Expect(archive_write_set_format_option(writer.get(), "pax", "hdrcharset", "BINARY") == ARCHIVE_OK, writer.get());
  Expect(archive_write_add_filter_gzip(writer.get()) == ARCHIVE_OK, writer.get());
  Expect(archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr) == ARCHIVE_OK, writer.get());
  // Without this the compressed bytes are padded with zeros to a whole block, which some readers take for garbage.
  Expect(archive_write_set_bytes_in_last_block(writer.get(), 1) == ARCHIVE_OK, writer.get());
  Expect(archive_write_open(writer.get(), &bytes, nullptr, &Append, nullptr) == ARCHIVE_OK, writer.get());
  for (const auto& [path, file] : *repository.FilesOf(commit.sha)) {
    if (file.mode == "160000") continue;  // a submodule is not part of it
    const bool link = file.mode == "120000";
    const std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), (prefix + path).c_str());
    archive_entry_set_filetype(entry.get(), link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(entry.get(), file.mode == "100755" ? 0775 : 0664);
    archive_entry_set_mtime(entry.get(), commit.date_s, 0);
    archive_entry_set_size(entry.get(), link ? 0 : static_cast<la_int64_t>(file.bytes.size()));
    if (link) archive_entry_set_symlink(entry.get(), file.bytes.c_str());
    Expect(archive_write_header(writer.get(), entry.get()) == ARCHIVE_OK, writer.get());
    if (!link) {
      Expect(archive_write_data(writer.get(), file.bytes.data(), file.bytes.size()) == static_cast<la_ssize_t>(file.bytes.size()),
             writer.get());
    }
  }
  Expect(archive_write_close(writer.get()) == ARCHIVE_OK, writer.get());
  return bytes;
}

}  // namespace skilltrail::testing
