// ArchiveEvent: may this event come out of an archive of that collection? Inner to this room.
#pragma once

#include <string_view>

#include "events/event.h"
#include "events/result.h"

namespace skilltrail::snapshot {

// kCorrupt: it is of another collection (only a RunStarted may be), names an artifact that can be none, or a path that leads out of the
// collection or of a project's profile root.
Status CheckArchiveEvent(const schema::Event& event, std::string_view collection);

// kCorrupt: an artifact of a collection cannot stand there.
Status CheckArtifactPath(std::string_view path);

}  // namespace skilltrail::snapshot
