#include "engine/archive/reading.h"

#include <fmt/format.h>

#include "engine/archive/libarchive.h"
#include "events/check.h"

namespace skilltrail::archive {

void FreeReading::operator()(struct ::archive* handle) const {
  Libarchive().archive_read_free(handle);
}

ReadingHandle NewReading() {
  ReadingHandle handle(Libarchive().archive_read_new());
  CHECK(handle != nullptr);
  Libarchive().archive_read_support_filter_gzip(handle.get());
  Libarchive().archive_read_support_filter_zstd(handle.get());
  Libarchive().archive_read_support_format_tar(handle.get());
  return handle;
}

std::string ReasonOf(struct ::archive* handle) {
  const char* said = Libarchive().archive_error_string(handle);
  return said == nullptr ? "it is damaged" : said;
}

Error CannotBeRead(std::string_view why) {
  return {Code::kCorrupt, fmt::format("the archive cannot be read: {}", why), {}};
}

}  // namespace skilltrail::archive
