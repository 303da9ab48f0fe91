// ImportPeer: SkillMeat's archives. Inner to this room.
#pragma once

#include "engine/snapshot/archive_check.h"
#include "engine/snapshot/import.h"

namespace skilltrail::snapshot {

// A .tar.gz of one collection's directory, or a bare one.
Result<ImportReport> ImportPeerArchive(const Context& context, const ImportRequest& request, const OpenFile& file);
// A snapshots.toml and the archives it names, where it says, or beside it.
Result<ImportReport> ImportPeerSnapshots(const Context& context, const ImportRequest& request);

}  // namespace skilltrail::snapshot
