// What an event says, in a few words for people.
#pragma once

#include <string>

#include "events/event.h"

namespace skilltrail::cli {

std::string EventSummary(const schema::Event& event);

}  // namespace skilltrail::cli
