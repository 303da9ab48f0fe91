// Beside: files written into a directory of their own. Inner to this room.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/reading.h"

namespace skilltrail::snapshot {

struct BesideItem {
  std::string artifact;
  std::filesystem::path path;  // relative to the directory
  Digest tree;
};

// kConflict: something other than an empty directory stands at `to`, or a symbolic link does.
Status CheckBesideTarget(const std::filesystem::path& to);

// kConflict: `to` is inside a collection's directory, whose next capture would take it in.
Status CheckOutsideCollections(const Reading& reading, const std::filesystem::path& to);

// Built next to `to` and renamed at the end: `to` is absent or empty, or whole. kFailed naming what could not be written, kCorrupt for
// bytes that are not there; nothing remains then. `to` is absolute.
Status WriteBeside(const Reading& reading, const std::vector<BesideItem>& items, const std::filesystem::path& to);

}  // namespace skilltrail::snapshot
