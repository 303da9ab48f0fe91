#include "engine/archive/reading.h"

#include <archive.h>
#include <fmt/format.h>

#include "events/check.h"

namespace skilltrail::archive {

void FreeReading::operator()(struct ::archive* handle) const {
  archive_read_free(handle);
}

ReadingHandle NewReading() {
  ReadingHandle handle(archive_read_new());
  CHECK(handle != nullptr);
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_zstd(handle.get());
  archive_read_support_format_tar(handle.get());
  return handle;
}

std::string ReasonOf(struct ::archive* handle) {
  const char* said = archive_error_string(handle);
  return said == nullptr ? "it is damaged" : said;
}

Error CannotBeRead(std::string_view why) {
  return {Code::kCorrupt, fmt::format("the archive cannot be read: {}", why), {}};
}

}  // namespace skilltrail::archive
