// The peer's deployment records hold local time without zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/time.h"

namespace skilltrail::manifest {

// A text with a zone says what it says; one without is read in the local zone: the earlier moment where the clock showed it twice, and
// where it never did, the moment as far behind the jump as the text is behind its start.
std::optional<Micros> ParseLocalTime(std::string_view text);
// What the local clock showed: "2026-03-03T10:00:00.000004".
std::string FormatLocalTime(Micros time);

}  // namespace skilltrail::manifest
