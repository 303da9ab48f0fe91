// Reading: libarchive, opened for what this room reads. For the room's own .cc files.
#pragma once

#include <memory>
#include <string>

#include "events/result.h"

struct archive;  // libarchive's

namespace skilltrail::archive {

struct FreeReading {
  void operator()(struct ::archive* handle) const;
};
using ReadingHandle = std::unique_ptr<struct ::archive, FreeReading>;

// For a tar packed with gzip or zstd, and nothing else that libarchive knows.
ReadingHandle NewReading();

// What it said last; it may have said nothing.
std::string ReasonOf(struct ::archive* handle);

// kCorrupt.
Error CannotBeRead(std::string_view why);

}  // namespace skilltrail::archive
