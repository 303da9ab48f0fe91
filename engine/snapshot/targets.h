// Targets: can the paths that a restore is about to change be written? Asked before the first event is appended, so that what cannot be
// done changes nothing. Inner to this room.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/collection/tree.h"
#include "events/result.h"

namespace skilltrail::snapshot {

struct Target {
  std::filesystem::path path;  // absolute: of an artifact, in a folder of a collection or a profile root
  collection::Tree tree;       // what it is to hold; empty: nothing
  bool free = false;           // nothing of ours stands there: what does is in the way
  bool shared = false;         // a file that is no artifact's own, staged beside itself (settings.json)
};

// kConflict: a symbolic link stands at a path, which is never replaced, or content where it should be free. kFailed, naming the directory:
// it cannot be written, it is on another file system than the directory that files are staged in, or its file system has not the room for
// all of them at once.
Status CheckTargets(const std::vector<Target>& targets);

}  // namespace skilltrail::snapshot
